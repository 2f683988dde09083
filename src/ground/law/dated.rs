//! Dated lists: each entry with the days on which it holds. Pure but for [`built_in`].

use chrono::NaiveDate;
use serde::de::DeserializeOwned;

use super::books::Source;

/// Days `[from, to)`; none is not known, which is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Option<NaiveDate>,
    /// First day no longer.
    pub to: Option<NaiveDate>,
}

impl Period {
    /// Of days that a file gives.
    pub fn new(from: impl Into<Option<NaiveDate>>, to: impl Into<Option<NaiveDate>>) -> Period {
        Period { from: from.into(), to: to.into() }
    }

    /// The same, up to a day.
    pub fn until(self, to: impl Into<Option<NaiveDate>>) -> Period {
        Period { to: to.into(), ..self }
    }

    /// Whether a day lies in it.
    pub fn holds(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }

    /// Whether two have a day in common.
    pub fn meets(self, other: Period) -> bool {
        let before = |to: Option<NaiveDate>, from: Option<NaiveDate>| to.zip(from).is_some_and(|(to, from)| to <= from);
        !before(self.to, other.from) && !before(other.to, self.from)
    }
}

/// An entry of a list of the law.
pub trait Listed: DeserializeOwned + Send + Sync + 'static {
    /// File below `programme/law`.
    const FILE: &'static str;
    /// Name of the tables in it.
    const TABLE: &'static str;

    /// Its word; entries of one word follow one another in time.
    fn id(&self) -> &str;

    /// On which days it holds.
    fn period(&self) -> Period {
        Period::default()
    }

    /// Instruments that it names.
    fn instruments(&self) -> Vec<&str> {
        Vec::new()
    }

    /// What is wrong with it by itself, beyond its days.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// Says of an entry where it stands, by which field it is called, from when to when it holds, which instrument it names:
/// `listed! { "products/term.toml" / "deadline" of Deadline by instrument, from..; instrument }`.
#[macro_export]
macro_rules! listed {
    ($file:literal / $table:literal of $row:ident by $id:ident $(, $from:ident .. $($to:ident)?)? $(; $instrument:ident)?) => {
        impl $crate::law::Listed for $row {
            const FILE: &'static str = $file;
            const TABLE: &'static str = $table;

            fn id(&self) -> &str {
                &self.$id
            }

            $(
                fn period(&self) -> $crate::law::Period {
                    $crate::law::Period::new(self.$from, None)$(.until(self.$to))?
                }
            )?

            $(
                fn instruments(&self) -> Vec<&str> {
                    vec![&self.$instrument]
                }
            )?
        }
    };
}

/// A list in the order of its file.
#[derive(Clone, Debug)]
pub struct Dated<T>(Vec<T>);

impl<T: Listed> Dated<T> {
    /// Reads the list out of the text of its file.
    ///
    /// # Errors
    /// It cannot be read, an entry ends before it begins, two of one word hold on one day, or an entry says what it must not.
    pub fn read(text: &str) -> Result<Dated<T>, String> {
        let mut file: toml::Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let mut rows = file.remove(T::TABLE).ok_or_else(|| format!("[[{}]] lacks", T::TABLE))?;
        // why the copy was wrong is said of any entry, and read by the comparison alone
        for row in rows.as_array_mut().into_iter().flatten().filter_map(toml::Value::as_table_mut) {
            row.remove("corrected");
        }
        let rows: Vec<T> = rows.try_into().map_err(|error| format!("[[{}]]: {error}", T::TABLE))?;
        for (at, row) in rows.iter().enumerate() {
            let Period { from, to } = row.period();
            if from.zip(to).is_some_and(|(from, to)| to <= from) {
                return Err(format!("{} ends before it begins", row.id()));
            }
            if let Some(fault) = row.fault() {
                return Err(format!("{}: {fault}", row.id()));
            }
            if rows[..at].iter().any(|other| other.id() == row.id() && other.period().meets(row.period())) {
                return Err(format!("{} stands twice for one day", row.id()));
            }
        }
        Ok(Dated(rows))
    }

    /// All entries of all days.
    pub fn all(&self) -> &[T] {
        &self.0
    }

    /// The entries of a day.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = &T> {
        self.0.iter().filter(move |row| row.period().holds(day))
    }

    /// An entry by its word, as it is on a day.
    pub fn get(&self, id: &str, day: NaiveDate) -> Option<&T> {
        self.0.iter().find(|row| row.id() == id && row.period().holds(day))
    }

    /// An entry by its word, whenever it holds; of several the last.
    pub fn ever(&self, id: &str) -> Option<&T> {
        self.0.iter().rev().find(|row| row.id() == id)
    }
}

/// A list of the law of this program.
///
/// # Panics
/// If its file is wrong. A store refuses such a law before anything else reads it, and so does a test.
pub fn built_in<T: Listed>() -> Dated<T> {
    let text = Source::BuiltIn("law").must(T::FILE).unwrap_or_else(|error| panic!("{error}"));
    Dated::read(&text).unwrap_or_else(|error| panic!("{}: {error}", T::FILE))
}
