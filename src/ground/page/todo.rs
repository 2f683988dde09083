//! What waits for somebody: how every slice hands it to the work list.

use std::borrow::Cow;

use chrono::NaiveDate;

/// One group of things that wait for the reader.
#[derive(Clone, Debug)]
pub struct Todo {
    /// Identifier on the page, e.g. `inspections`.
    pub id: &'static str,
    /// Heading.
    pub title: Cow<'static, str>,
    /// How many there are, counted up to one more than [`COUNTED`].
    pub count: i64,
    /// The most pressing ones; the first thirty or so.
    pub rows: Vec<TodoRow>,
    /// Where all of them are.
    pub all: String,
    /// What there is to do, in a word or two: "Cần tiếp nhận".
    pub deed: &'static str,
    /// Whose turn it is.
    pub whose: Whose,
}

/// Whose turn it is with what a work list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// The reader's, who decides.
    Decide,
    /// The reader's, who does it.
    Do,
    /// Somebody else's, whom the reader waits for.
    Wait,
}

/// So many are counted; that there are more is enough to know, and counting them all at each visit costs.
pub const COUNTED: i64 = 1000;

impl Todo {
    /// How many there are, or that there are more than are counted.
    pub fn counted(&self) -> String {
        if self.count > COUNTED { format!("hơn {}", super::count(COUNTED)) } else { super::count(self.count) }
    }
}

/// One thing that waits.
#[derive(Clone, Debug)]
pub struct TodoRow {
    /// By when.
    pub due: Option<NaiveDate>,
    /// Since when, if there is no deadline.
    pub since: Option<NaiveDate>,
    /// What it is.
    pub title: String,
    /// Where it is done.
    pub href: String,
    /// A line below: code, address, whose turn.
    pub place: String,
    /// Tone (`info`, `ok`, `warn`, `bad`, `quiet`) and word of its chip.
    pub chip: Option<(&'static str, String)>,
}

impl TodoRow {
    /// Whether its deadline has passed.
    pub fn is_late(&self, today: NaiveDate) -> bool {
        self.due.is_some_and(|due| due < today)
    }
}

/// What can be settled in the list itself: what one has to know for it, and what one presses.
#[derive(Clone, Debug, Default)]
pub struct Quick {
    /// Words and what stands under them; what is empty is not shown.
    pub facts: Vec<(&'static str, String)>,
    /// What should give pause: records alike, what is missing.
    pub warnings: Vec<String>,
    /// Of the record, so that whoever was faster is noticed.
    pub version: i64,
    /// The steps: words of the button, where it goes. The first is the usual one.
    pub presses: Vec<(&'static str, String)>,
    /// The step that needs words: label of its box, words of its button, where it goes.
    pub with_words: Option<(&'static str, &'static str, String)>,
}
