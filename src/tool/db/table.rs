//! The columns of a row, once: what adds it, adds many and saves it follows from them.

/// `insert into … values ($1, …)`.
pub fn insert_text(table: &str, columns: &[&str], tail: &str) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    format!("insert into {table} ({}) values ({}){tail}", columns.join(", "), places.join(", "))
}

/// `update … set … where id = $1 and version = $2`, with the next version.
pub fn update_text(table: &str, columns: &[&str]) -> String {
    let sets: Vec<String> = columns.iter().enumerate().map(|(at, column)| format!("{column} = ${}", at + 3)).collect();
    format!("update {table} set {}, version = version + 1 where id = $1 and version = $2", sets.join(", "))
}

/// Names the columns of a row that has `id` and `version`, each a field of the type: `fixed` ones are written once, `saved`
/// ones with every change. Gives the type `insert`, `insert_many`, `fill_many` and `update`, and their texts for the guard that
/// prepares them.
#[macro_export]
macro_rules! table {
    ($table:literal of $row:ty { fixed: $($fixed:ident),* ; saved: $($saved:ident),* $(,)? }) => {
        impl $row {
            /// The columns of its table, in the order of [`Self::insert`].
            const COLUMNS: &'static [&'static str] = &["id", "version", $(stringify!($fixed),)* $(stringify!($saved),)*];

            fn insert_text() -> &'static str {
                static TEXT: std::sync::LazyLock<String> =
                    std::sync::LazyLock::new(|| $crate::db::insert_text($table, <$row>::COLUMNS, " on conflict do nothing"));
                TEXT.as_str()
            }

            fn update_text() -> &'static str {
                static TEXT: std::sync::LazyLock<String> =
                    std::sync::LazyLock::new(|| $crate::db::update_text($table, &[$(stringify!($saved)),*]));
                TEXT.as_str()
            }

            /// The texts that are run, for the guard that prepares them.
            pub fn texts() -> [&'static str; 2] {
                [Self::insert_text(), Self::update_text()]
            }

            /// Adds the row; whether there was none like it.
            pub(crate) async fn insert(&self, tx: &mut $crate::db::Tx) -> $crate::db::DbResult<bool> {
                let added = $crate::execute!(tx, Self::insert_text(), &self.id, self.version, $(&self.$fixed,)* $(&self.$saved),*)?;
                Ok(added == 1)
            }

            /// What adds many rows, a statement for some hundred of them.
            #[allow(dead_code, reason = "few tables are filled by files")]
            pub(crate) fn fill_many(
                dialect: $crate::db::Dialect,
                rows: &[&Self],
            ) -> impl Iterator<Item = $crate::db::DbResult<$crate::db::Statement>> {
                $crate::fill_many!(dialect, <$row>::COLUMNS.len(), Self::insert_text(), rows, |row| [&row.id, row.version, $(&row.$fixed,)* $(&row.$saved),*])
            }

            /// Saves what may change if nobody saved it since `version`; 0 rows = somebody did.
            #[allow(dead_code, reason = "some rows are never changed")]
            pub(crate) async fn update(&self, tx: &mut $crate::db::Tx, version: i64) -> $crate::db::DbResult<u64> {
                $crate::execute!(tx, Self::update_text(), &self.id, version, $(&self.$saved),*)
            }
        }
    };
}
