# Runs one operation of the snapshot service: python3 -c THIS SERVICE DATABASE OPERATION PATH.
import importlib.util
import sqlite3
import sys
from pathlib import Path

source, database, operation, path = sys.argv[1:]
spec = importlib.util.spec_from_file_location("service", source)
service = importlib.util.module_from_spec(spec)
spec.loader.exec_module(service)
connection = sqlite3.connect(database)
if operation == "take":
    service.take_snapshot(connection, data_dir=Path(path))
elif operation == "due":
    service.should_take_periodic_snapshot(connection, Path(path))
else:
    service.restore_from_snapshot(connection, Path(path))
    connection.commit()
