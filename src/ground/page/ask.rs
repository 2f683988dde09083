//! What a list was asked: filters read one way, links that keep the others, the pager.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Fields, Form, Lang, Rows, Visit, page_size};
use crate::typed::Errors;

/// What a list was asked, and what of it was wrong.
#[derive(Clone, Debug)]
pub struct Ask {
    /// What was asked wrongly.
    pub errors: Errors,
    path: String,
    keys: &'static [&'static str],
    query: Fields,
    lang: Lang,
}

impl Ask {
    /// The list at the path that was asked for.
    pub fn new(visit: &Visit) -> Ask {
        Ask::at(visit, &visit.path)
    }

    /// A list at a path of its own: pages that are also the answer to a form.
    pub fn at(visit: &Visit, path: &str) -> Ask {
        let query = Fields::new(visit.query.pairs().iter().filter(|(name, _)| name != "xong").cloned());
        Ask { errors: Errors::default(), path: path.to_owned(), keys: &["sau"], query, lang: visit.lang }
    }

    /// Names of the keys of its pages, that of its main list first.
    pub fn paged_by(mut self, keys: &'static [&'static str]) -> Ask {
        self.keys = keys;
        self
    }

    /// One word as it is in the links, whatever was asked.
    pub fn fix(mut self, name: &str, value: &str) -> Ask {
        self.query.set(name, value);
        self
    }

    /// The same list, asked what a form beside it carries.
    pub fn asking(mut self, fields: &Fields) -> Ask {
        self.query = fields.clone();
        self
    }

    /// A word as it was asked, or the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.query.get(name)
    }

    /// A word as it was asked, if it was.
    pub fn some(&self, name: &str) -> Option<&str> {
        self.query.some(name)
    }

    /// Whether a box was ticked.
    pub fn is_on(&self, name: &str) -> bool {
        self.query.is_on(name)
    }

    /// One of the words of a list; what is none of them narrows nothing.
    pub fn one<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.query.some(name).and_then(read)
    }

    /// The text that is searched for, folded.
    pub fn text(&self) -> String {
        crate::text::fold(self.query.get("q"))
    }

    /// The key of the page that was asked for.
    pub fn after(&self) -> Option<String> {
        self.query.some(self.keys[0]).map(str::to_owned)
    }

    /// Rows a page.
    pub fn size(&self, default: i64) -> i64 {
        page_size(self.query.some("page_size"), default)
    }

    /// All that was asked.
    pub fn query(&self) -> &Fields {
        &self.query
    }

    /// The filters as a form.
    pub fn form(&self) -> Form {
        Form { narrows: true, ..Form::with(self.query.clone(), self.errors.clone(), self.lang) }
    }

    /// The first page with one filter changed.
    pub fn link(&self, name: &str, value: &str) -> String {
        self.with(&[(name, value)])
    }

    /// The first page with some filters changed.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        self.to(&self.path, changes)
    }

    /// Another path with the same filters, some of them changed.
    pub fn to(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let first = self.keys.iter().filter(|key| changes.iter().all(|(name, _)| name != *key)).map(|key| (*key, ""));
        self.query.address(path, &first.chain(changes.iter().copied()).collect::<Vec<_>>())
    }

    /// What narrows the list, as it stands in the address: neither the page nor how many rows it has.
    pub fn told(&self) -> String {
        let pages = self.keys.iter().copied().chain(["page_size"]).map(|key| (key, ""));
        self.query.address("", &pages.collect::<Vec<_>>()).trim_start_matches('?').to_owned()
    }

    /// The links to the first page and the next one.
    pub fn pager<T>(&self, rows: &Rows<T>) -> Pager {
        self.pager_by(self.keys[0], rows)
    }

    /// The same of a list beside it, with a key of its own.
    pub fn pager_by<T>(&self, key: &str, rows: &Rows<T>) -> Pager {
        let at = |value: &str| self.query.address(&self.path, &[(key, value)]);
        Pager { label: "Trang", words: ("Về đầu", "Trang sau"), first: (!rows.is_first()).then(|| at("")), next: rows.next().map(at) }
    }
}

/// Links to the first page of a list and the next one, where there are such.
#[derive(Template)]
#[template(path = "page/pager.html")]
pub struct Pager {
    label: &'static str,
    words: (&'static str, &'static str),
    first: Option<String>,
    next: Option<String>,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// What it is called to those who do not see it.
    pub fn named(mut self, label: &'static str) -> Pager {
        self.label = label;
        self
    }

    /// What the link to the next page says.
    pub fn further(mut self, word: &'static str) -> Pager {
        self.words.1 = word;
        self
    }

    /// In the words of the public site.
    pub fn spoken(mut self, lang: &Lang) -> Pager {
        self.label = lang.t("portal.pages");
        self.words = (lang.t("portal.first"), lang.t("portal.next"));
        self
    }
}
