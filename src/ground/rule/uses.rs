//! What stands on a criteria set is known to the slices that fill it: they are asked by what the program hands in.

use std::pin::Pin;

use chrono::NaiveDate;

use crate::db::{DbResult, Tx};

/// Which fillings of a set are counted.
#[derive(Clone, Copy, Debug)]
pub enum Used {
    /// All of them.
    Ever,
    /// Those that were finished.
    Done,
    /// Those finished from a day to the day before another.
    DoneIn(NaiveDate, NaiveDate),
}

/// A count, while it is looked up.
pub type Count<'a> = Pin<Box<dyn Future<Output = DbResult<i64>> + Send + 'a>>;

/// How many surveys stand on a set.
pub struct Uses(pub for<'a> fn(&'a mut Tx, &'a str, Used) -> Count<'a>);

impl Uses {
    /// How many surveys stand on a set.
    pub async fn of(&self, tx: &mut Tx, set_id: &str, of: Used) -> DbResult<i64> {
        (self.0)(tx, set_id, of).await
    }
}
