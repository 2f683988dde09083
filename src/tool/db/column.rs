//! A column that names things of one kind, and how its rows come to name another one.

/// A column whose rows can be moved from one name to another. A row of which the other has one of its own (a guest of the
/// same conference) stays where it is.
pub struct Column {
    /// Table and column, as recorded with each row.
    pub name: &'static str,
    /// What its rows are called on screens.
    pub label: &'static str,
    /// How many rows name `$1`.
    pub count: &'static str,
    /// Names `$2` where `$1` was named; gives the keys of these rows.
    pub forth: &'static str,
    /// Names `$2` again in the row of key `$3`, if it still names `$1`.
    pub back: &'static str,
}
