//! A unique index as SQL: the expressions to evaluate for a row, and the condition for conflicting
//! rows of live.

use super::super::{
    change::all_of,
    sql_tokens::{SqlTokens, split},
};

/// A unique index, as SQL.
pub(super) struct UniqueIndex {
    pub(super) terms: Vec<Term>,
    /// The condition of a partial index.
    pub(super) of: Option<String>,
}

/// A term of a unique index: a column or an expression.
pub(super) struct Term {
    pub(super) sql: String,
    /// The index of the table's column, if the term is one.
    pub(super) column: Option<usize>,
}

impl UniqueIndex {
    /// Parses the statement that created one.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let rest = sql.strip_prefix("CREATE UNIQUE INDEX ")?;
        let mut words = SqlTokens::of(rest);
        words.next()?;
        while !words.next()?.eq_ignore_ascii_case("on") {}
        words.next()?;
        let rest = words.rest().trim_start().strip_prefix('(')?;
        let (terms, rest) = rest.split_at(closing_bracket(rest)?);
        let mut behind = SqlTokens::of(rest.strip_prefix(')')?);
        let of = behind.next().map(|_| behind.rest().to_owned());
        let term = |term: String| {
            let upper = term.to_ascii_uppercase();
            let length = ["ASC", "DESC"].iter().find_map(|order| {
                let before = upper.strip_suffix(order)?;
                before
                    .ends_with(char::is_whitespace)
                    .then_some(before.len())
            });
            Term {
                sql: format!("({})", term[..length.unwrap_or(term.len())].trim_end()),
                column: None,
            }
        };
        Some(Self {
            terms: split(terms).into_iter().map(term).collect(),
            of,
        })
    }

    /// Returns the expressions for a row: whether a partial index contains it, and each term that
    /// is not a column.
    pub(super) fn expressions(&self) -> impl Iterator<Item = String> {
        let of = self.of.iter().map(|of| format!("({of}) IS TRUE"));
        let terms = self.terms.iter().filter(|term| term.column.is_none());
        // A term may fail for a row that the index does not contain.
        let term = |term: &Term| match &self.of {
            Some(of) => format!("CASE WHEN ({of}) THEN {} END", term.sql),
            None => term.sql.clone(),
        };
        of.chain(terms.map(term))
    }

    /// Returns the SQL condition that a row has these values in the index.
    pub(super) fn has(&self) -> String {
        let terms = self.terms.iter().map(|term| format!("{} = ?", term.sql));
        let of = self.of.iter().map(|of| format!("({of})"));
        all_of(&of.chain(terms).collect::<Vec<_>>())
    }
}

/// Returns the index of the parenthesis that closes one opened before.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut words, mut depth) = (SqlTokens::of(text), 0_u32);
    loop {
        words.next()?;
        let end = text.len() - words.rest().len();
        // A bracket in quotes ends with the quote.
        match (text[..end].chars().next_back()?, depth) {
            (')', 0) => return Some(end - 1),
            ('(', _) => depth += 1,
            (')', _) => depth -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UniqueIndex;

    #[test]
    fn a_unique_index_is_read_from_its_statement() {
        let cases = [
            ("i ON t(a)", &["(a)"][..], None),
            (
                "\"i on\" ON [t (]( \"a)\" DESC, lower(b || ')') , c COLLATE NOCASE asc)",
                &["(\"a)\")", "(lower(b || ')'))", "(c COLLATE NOCASE)"],
                None,
            ),
            (
                "i ON t(a, b) WHERE (main = 1) AND \"who\" <> ''",
                &["(a)", "(b)"],
                Some(" (main = 1) AND \"who\" <> ''"),
            ),
        ];
        for (sql, terms, of) in cases {
            let index = UniqueIndex::parse(&format!("CREATE UNIQUE INDEX {sql}")).unwrap();
            let parsed: Vec<&str> = index.terms.iter().map(|term| &*term.sql).collect();
            assert_eq!(parsed, terms, "{sql}");
            assert_eq!(index.of.as_deref(), of, "{sql}");
        }
        assert!(UniqueIndex::parse("CREATE INDEX i ON t(a)").is_none());
    }
}
