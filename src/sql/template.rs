use std::sync::Arc;

use super::{Parameters, Statement, Value};

/// A statement without its values.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    sql: Arc<str>,
    /// The number of each parameter, from 0, for engines with parameters by position.
    order: Option<Arc<[usize]>>,
    effect: Effect,
}

/// The effect of a statement on the database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Effect {
    /// No change.
    Reads,
    /// A change that a loss of power may undo.
    Writes,
    /// A change that may not be lost once it is acknowledged.
    Keeps,
}

impl Template {
    /// `sql` has its parameters as `?1`, `?2` and so on. Comments, lines of their own, are not sent.
    pub(super) fn new(sql: &str, parameters: Parameters, effect: Effect) -> Self {
        let lines = sql.lines();
        let lines = lines.filter(|line| !line.trim_start().starts_with("--"));
        let sql = lines.collect::<Vec<_>>().join("\n");
        // Safe, because the SQL of this crate has question marks nowhere else.
        let mut pieces = sql.split('?');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        let mut order = Vec::new();
        for piece in pieces {
            let end = piece
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(piece.len());
            let (number, rest) = piece.split_at(end);
            match parameters {
                Parameters::Dollar => text.extend(["$", number]),
                Parameters::Numbered => text.extend(["?", number]),
                Parameters::Positional => text.push('?'),
            }
            text.push_str(rest);
            order.push(
                number
                    .parse::<usize>()
                    .unwrap_or_default()
                    .saturating_sub(1),
            );
        }
        Self {
            sql: text.into(),
            order: parameters.are_positional().then(|| order.into()),
            effect,
        }
    }

    /// The statement with these values, the first of which is `?1`.
    pub(crate) fn with(&self, values: Vec<Value>) -> Statement {
        let values = match &self.order {
            Some(order) => {
                let value = |number: &usize| values.get(*number).cloned();
                order.iter().filter_map(value).collect()
            }
            None => values,
        };
        Statement {
            sql: Arc::clone(&self.sql),
            values,
            writes: self.effect != Effect::Reads,
            is_durable: self.effect == Effect::Keeps,
        }
    }
}

impl Parameters {
    fn are_positional(self) -> bool {
        match self {
            Self::Dollar => false,
            Self::Numbered => false,
            Self::Positional => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "SELECT ?2, ?10 WHERE a = ?1 AND b = ?2";
    const COMMENTED: &str = "-- ?1 is what?\nSELECT ?2, ?10 WHERE a = ?1 AND b = ?2";

    fn values() -> Vec<Value> {
        (1..=10)
            .map(|number| Value::Integer(Some(number)))
            .collect()
    }

    #[test]
    fn parameters_keep_their_numbers() {
        let statement = Template::new(COMMENTED, Parameters::Dollar, Effect::Reads).with(values());
        assert_eq!(&*statement.sql, "SELECT $2, $10 WHERE a = $1 AND b = $2");
        assert_eq!(statement.values, values());
    }

    #[test]
    fn numbered_parameters_stay_as_they_are() {
        let statement =
            Template::new(COMMENTED, Parameters::Numbered, Effect::Keeps).with(values());
        assert_eq!(&*statement.sql, SQL);
        assert!(statement.is_durable);
    }

    #[test]
    fn values_are_repeated_where_parameters_have_no_numbers() {
        let statement =
            Template::new(COMMENTED, Parameters::Positional, Effect::Reads).with(values());
        assert_eq!(&*statement.sql, "SELECT ?, ? WHERE a = ? AND b = ?");
        let numbers = [2, 10, 1, 2].map(|number| Value::Integer(Some(number)));
        assert_eq!(statement.values, numbers);
    }
}
