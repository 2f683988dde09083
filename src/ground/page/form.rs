//! Forms that keep what a person typed, show errors at their fields, and look alike everywhere.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::response::{IntoResponse, Response};

use super::{Fields, Lang, html_as};
use crate::error::Result;
use crate::typed::{Choice, Errors};

/// A form on its way to the page: what was typed, what was wrong.
#[derive(Clone, Debug)]
pub struct Form {
    /// Typed values.
    pub fields: Fields,
    /// Errors to show.
    pub errors: Errors,
    /// Language of labels of the errors.
    pub lang: Lang,
    /// Whether it narrows a list: then nothing must be filled, and nothing says so.
    pub narrows: bool,
}

/// One field with label, hint, error and control.
#[derive(Template)]
#[template(path = "page/field.html")]
pub struct Field {
    kind: &'static str,
    name: String,
    label: String,
    hint: String,
    value: String,
    error: String,
    required: bool,
    /// What is said of a field that may stay empty.
    optional: &'static str,
    limit: usize,
    choices: Vec<Choice>,
    extra: Vec<(&'static str, String)>,
    autocomplete: &'static str,
}

impl HtmlSafe for Field {}

impl Field {
    /// The field must be filled.
    pub fn required(mut self) -> Self {
        self.required = true;
        self.optional = "";
        self
    }

    /// A line below the label.
    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = hint.to_owned();
        self
    }

    /// Whether it must be filled depends on others: nothing is said of it.
    pub fn depends(mut self) -> Self {
        self.optional = "";
        self
    }

    /// Most characters; text areas count them.
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Another attribute of the control.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.extra.push((name, value.to_owned()));
        self
    }

    /// The browser's autocomplete token.
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }
}

/// The list of errors above a form, each linked to its field.
#[derive(Template)]
#[template(path = "page/error_summary.html")]
pub struct ErrorSummary {
    title: &'static str,
    errors: Vec<(String, String)>,
}

impl HtmlSafe for ErrorSummary {}

impl Form {
    /// An empty form.
    pub fn new(lang: Lang) -> Form {
        Form { fields: Fields::default(), errors: Errors::default(), lang, narrows: false }
    }

    /// A form filled with what was typed or stored.
    pub fn with(fields: Fields, errors: Errors, lang: Lang) -> Form {
        Form { fields, errors, lang, narrows: false }
    }

    /// The page this form stands on: 200, or 422 and the like when it comes back with what is wrong.
    pub fn answer(&self, page: &impl Template) -> Result<Response> {
        if self.errors.is_empty() {
            return html_as(self.errors.status(), page);
        }
        // that something is wrong is said before everything else, in the title too
        let body = page.render()?.replacen("<title>", self.lang.pick("<title>Lỗi: ", "<title>Error: "), 1);
        Ok((self.errors.status(), axum::response::Html(body)).into_response())
    }

    /// The value of a field.
    pub fn value(&self, name: &str) -> &str {
        self.fields.get(name)
    }

    /// Whether a choice is the present one.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.fields.all(name).any(|chosen| chosen == value)
    }

    /// The error of a field, or the empty text.
    pub fn error(&self, name: &str) -> String {
        self.errors.of(name, self.lang)
    }

    /// The summary of all errors; empty when there is none.
    pub fn summary(&self) -> ErrorSummary {
        ErrorSummary {
            title: self.lang.t("form.errors"),
            errors: self.errors.iter().map(|(field, text)| (field.to_owned(), text.get(self.lang).to_owned())).collect(),
        }
    }

    fn field(&self, kind: &'static str, name: &str, label: &str) -> Field {
        Field {
            kind,
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            value: self.value(name).to_owned(),
            error: self.error(name),
            required: false,
            optional: if self.narrows || matches!(kind, "checkbox" | "password") {
                ""
            } else {
                self.lang.pick("không bắt buộc", "optional")
            },
            limit: 0,
            choices: Vec::new(),
            extra: Vec::new(),
            autocomplete: "",
        }
    }

    /// A line of text.
    pub fn text(&self, name: &str, label: &str) -> Field {
        self.field("text", name, label).limit(300)
    }

    /// A line of another HTML input type (`date`, `tel`, `email`, `password`, `number` …).
    pub fn input(&self, kind: &'static str, name: &str, label: &str) -> Field {
        let mut field = self.field(kind, name, label);
        if kind == "password" {
            field.value.clear();
        }
        field
    }

    /// Several lines.
    pub fn area(&self, name: &str, label: &str) -> Field {
        self.field("textarea", name, label).limit(2000)
    }

    /// A date that is typed (dd/mm/yyyy) or picked.
    pub fn date(&self, name: &str, label: &str) -> Field {
        let mut field = self.field("text", name, label).limit(10).with("inputmode", "numeric").with("data-date", "");
        if let Ok(date) = chrono::NaiveDate::parse_from_str(&field.value, "%Y-%m-%d") {
            field.value = crate::text::date_vi(date);
        }
        field
    }

    /// A day as its source gives it: exact, or only the month, the year, "đến năm 2023".
    pub fn vague_date(&self, name: &str, label: &str) -> Field {
        let mut field = self
            .field("text", name, label)
            .limit(60)
            .hint("Nguồn chỉ nêu tháng, năm thì ghi đúng như thế: 5/2023, 2023, khoảng 2020, đến năm 2023.");
        if let Some(day) = crate::text::Edtf::parse(&field.value) {
            field.value = day.shown(self.lang);
        }
        field
    }

    /// A drop-down list.
    pub fn select(&self, name: &str, label: &str, choices: Vec<Choice>) -> Field {
        Field { choices, ..self.field("select", name, label) }
    }

    /// What is asked at a field, if anything.
    pub fn who(&self, name: &str) -> Option<Field> {
        self.asked(name, "Là ai?")
    }

    /// The same, with words of its own.
    pub fn asked(&self, name: &str, question: &str) -> Option<Field> {
        let choices = self.errors.asked(name)?;
        Some(self.radios(&format!("{name}_who"), question, choices.to_vec()))
    }

    /// Radio buttons.
    pub fn radios(&self, name: &str, label: &str, choices: Vec<Choice>) -> Field {
        Field { choices, ..self.field("radio", name, label) }
    }

    /// One box to tick.
    pub fn tick(&self, name: &str, label: &str) -> Field {
        self.field("checkbox", name, label)
    }

    /// Papers to send: documents, or pictures of them.
    pub fn papers(&self, name: &str, label: &str) -> Field {
        self.field("papers", name, label).hint(self.lang.pick(
            "PDF, Word (.docx), Excel (.xlsx) hoặc ảnh; mỗi tệp đến 25 MB.",
            "PDF, Word (.docx), Excel (.xlsx) or pictures; up to 25 MB each.",
        ))
    }

    /// Pictures to send.
    pub fn pictures(&self, name: &str, label: &str) -> Field {
        self.field("file", name, label)
    }
}
