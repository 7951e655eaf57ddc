"""Notes and a browser's history with Python's own sqlite3: full-text indexes of three sorts, an R*Tree,
triggers that count and stamp, tables without rowids, and bookmarks that are each other's parents."""

import sqlite3

from step import step

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE places (id INTEGER PRIMARY KEY, url TEXT NOT NULL, title TEXT, host TEXT REFERENCES hosts,
    visit_count INTEGER DEFAULT 0, last_visit INTEGER, guid TEXT);
CREATE UNIQUE INDEX places_url ON places (url);
CREATE UNIQUE INDEX places_guid ON places (guid) WHERE guid IS NOT NULL;
CREATE TABLE hosts (host TEXT PRIMARY KEY, frecency INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE TABLE visits (id INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL REFERENCES places ON DELETE CASCADE,
    from_visit INTEGER REFERENCES visits ON DELETE SET NULL, at INTEGER NOT NULL);
CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, place INTEGER REFERENCES places ON DELETE CASCADE,
    parent INTEGER REFERENCES bookmarks ON DELETE CASCADE, position INTEGER, title TEXT, UNIQUE (parent, position));
CREATE TRIGGER visited AFTER INSERT ON visits BEGIN
    UPDATE places SET visit_count = visit_count + 1, last_visit = max(coalesce(last_visit, 0), new.at) WHERE id = new.place;
    UPDATE hosts SET frecency = frecency + 10 WHERE host = (SELECT host FROM places WHERE id = new.place);
END;
CREATE TRIGGER unvisited AFTER DELETE ON visits BEGIN
    UPDATE places SET visit_count = visit_count - 1 WHERE id = old.place;
END;
CREATE TABLE notes (id TEXT PRIMARY KEY, title TEXT, body TEXT, face BLOB, updated TEXT DEFAULT CURRENT_TIMESTAMP,
    words INTEGER AS (length(body) - length(replace(body, ' ', '')) + 1) STORED);
CREATE TRIGGER stamped AFTER UPDATE ON notes WHEN new.updated = old.updated BEGIN
    UPDATE notes SET updated = strftime('%Y-%m-%d %H:%M:%f', 'now') WHERE id = new.id; END;
CREATE VIRTUAL TABLE notes_index USING fts5 (title, body, content=notes, tokenize='porter');
CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN
    INSERT INTO notes_index (rowid, title, body) VALUES (new.rowid, new.title, new.body); END;
CREATE TRIGGER notes_ad AFTER DELETE ON notes BEGIN
    INSERT INTO notes_index (notes_index, rowid, title, body) VALUES ('delete', old.rowid, old.title, old.body); END;
CREATE TRIGGER notes_au AFTER UPDATE OF title, body ON notes BEGIN
    INSERT INTO notes_index (notes_index, rowid, title, body) VALUES ('delete', old.rowid, old.title, old.body);
    INSERT INTO notes_index (rowid, title, body) VALUES (new.rowid, new.title, new.body); END;
CREATE VIRTUAL TABLE page_words USING fts5 (text, content='', columnsize=0);
CREATE VIRTUAL TABLE clippings USING fts4 (title, body, source, notindexed=source);
CREATE VIRTUAL TABLE pins USING rtree (id, west, east, south, north, +name TEXT);
CREATE VIEW recent AS SELECT url, datetime(last_visit, 'unixepoch') AS seen FROM places ORDER BY last_visit DESC;
"""

QUESTIONS = [
    "SELECT * FROM places ORDER BY id",
    "SELECT * FROM hosts",
    "SELECT * FROM visits ORDER BY id",
    "SELECT * FROM bookmarks ORDER BY id",
    "SELECT * FROM recent",
    "SELECT rowid, * FROM notes ORDER BY rowid",
    "SELECT n.id FROM notes_index JOIN notes AS n ON n.rowid = notes_index.rowid WHERE notes_index MATCH 'walking' ORDER BY n.id",
    "SELECT rowid FROM page_words WHERE page_words MATCH 'word7' ORDER BY rowid",
    "SELECT rowid, * FROM clippings ORDER BY rowid",
    "SELECT rowid FROM clippings WHERE clippings MATCH 'cut' ORDER BY rowid",
    "SELECT id, west, east, south, north, name FROM pins ORDER BY id",
    "SELECT id FROM pins WHERE west > 3 AND north < 40 ORDER BY id",
    "PRAGMA foreign_key_check",
    "PRAGMA integrity_check",
]


def opened(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def make(path):
    app = opened(path)
    app.executescript(SCHEMA)
    for number in range(20):
        app.execute("INSERT INTO hosts (host) VALUES (?)", [f"host{number}.example"])
    for number in range(200):
        host = f"host{number % 20}.example"
        place = [number, f"https://{host}/{number}", f"Page {number}", host, f"guid{number}" if number % 3 else None]
        app.execute("INSERT INTO places (id, url, title, host, guid) VALUES (?, ?, ?, ?, ?)", place)
        app.execute("INSERT INTO page_words (rowid, text) VALUES (?, ?)", [number, f"word{number % 11} page"])
    for number in range(500):
        app.execute("INSERT INTO visits (place, from_visit, at) VALUES (?, ?, ?)", [number * 7 % 200, number or None, 1_600_000_000 + number])
    app.execute("INSERT INTO bookmarks VALUES (1, NULL, NULL, 0, 'root')")
    for number in range(2, 40):
        app.execute("INSERT INTO bookmarks VALUES (?, ?, ?, ?, ?)", [number, number, number // 4 + 1 if number > 3 else 1, number, "b"])
    for number in range(50):
        body = "walked along the harbour " * (number % 4) + str(number)
        app.execute("INSERT INTO notes (id, title, body, face) VALUES (?, ?, ?, ?)", [f"n{number:x}", f"Note {number}", body, bytes(range(number))])
        app.execute("INSERT INTO clippings VALUES (?, ?, ?)", [f"Clip {number}", "cut and pasted", f"https://{number}"])
        app.execute("INSERT INTO pins VALUES (?, ?, ?, ?, ?, ?)", [number, number / 7, number / 7 + 1, number, number + 0.1, f"pin {number}"])
    app.execute("DELETE FROM notes WHERE id IN ('n5', 'n9')")
    app.commit()


def destroy(path):
    app = opened(path)
    app.execute("DELETE FROM visits WHERE at > 1600000300")
    app.execute("DELETE FROM places WHERE id % 3 = 0")
    app.execute("DELETE FROM bookmarks WHERE id = 2")
    app.execute("UPDATE bookmarks SET position = -position")
    app.execute("UPDATE notes SET body = 'lost', title = id")
    app.execute("DELETE FROM notes WHERE rowid % 2")
    app.execute("INSERT INTO notes (id, body) VALUES ('new', 'walks')")
    app.execute("INSERT INTO page_words (page_words) VALUES ('delete-all')")
    app.execute("DELETE FROM clippings WHERE rowid > 10")
    app.execute("UPDATE pins SET west = 0 WHERE id < 20")
    app.commit()


def read(path):
    app = opened(path)
    for question in QUESTIONS:
        print(question)
        for row in app.execute(question):
            print(row)
    for index in ["notes_index", "clippings"]:
        app.execute(f"INSERT INTO {index} ({index}) VALUES ('integrity-check')")
    app.rollback()


def go_on(path):
    app = opened(path)
    before = app.execute("SELECT updated, words FROM notes WHERE id = 'n1'").fetchone()
    app.execute("UPDATE notes SET body = 'walks on' WHERE id = 'n1'")
    after = app.execute("SELECT updated, words FROM notes WHERE id = 'n1'").fetchone()
    assert after[0] != before[0] and after[1] == 2
    app.execute("INSERT INTO visits (place, at) VALUES (5, 1700000000)")
    app.commit()


if __name__ == "__main__":
    step({"make": make, "destroy": destroy, "read": read, "go_on": go_on})
