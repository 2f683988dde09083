//! What is wrong with a form, field by field.

use axum::http::StatusCode;

use crate::error::{Both, Error, Refusal, Result, both};
use crate::text::Tongue;

/// An entry of a select or a group of radio buttons: value and label.
pub type Choice = (String, String);

/// Errors by field, in the order found.
#[derive(Clone, Debug, Default)]
pub struct Errors {
    wrong: Vec<(String, Both)>,
    asked: Vec<(String, Vec<Choice>)>,
    /// What a rule answered to fields that can be read.
    refused: Option<StatusCode>,
}

impl Errors {
    /// Notes what is wrong with a field and what to do.
    pub fn add(&mut self, field: impl Into<String>, text: Both) {
        self.wrong.push((field.into(), text));
    }

    /// Asks something at a field: an error until one of the choices is sent as `FIELD_who`.
    pub fn ask(&mut self, field: &str, text: Both, choices: Vec<Choice>) {
        self.add(field, text);
        self.asked.push((field.to_owned(), choices));
    }

    /// Notes at a field that what was typed meets something else by now: 409.
    pub fn clash(&mut self, field: impl Into<String>, text: Both) {
        self.add(field, text);
        self.refused = Some(StatusCode::CONFLICT);
    }

    /// Notes at a field what a rule says to it.
    pub fn refuse(&mut self, field: impl Into<String>, refusal: &Refusal) {
        self.add(field, refusal.text());
        self.refused = Some(refusal.status);
    }

    /// Notes at a field what a rule says to it; that a colleague was faster, and whatever is no refusal, goes on as it is.
    ///
    /// # Errors
    /// What no field can tell.
    pub fn at(&mut self, field: &str, error: impl Into<Error>) -> Result<()> {
        match error.into() {
            Error::Refused(refusal) if refusal.code != "stale" => {
                self.refuse(field, &refusal);
                Ok(())
            }
            error => Err(error),
        }
    }

    /// With what a form is answered: 200 when nothing is wrong, 422, or what a rule said.
    pub fn status(&self) -> StatusCode {
        match self.refused {
            _ if self.is_empty() => StatusCode::OK,
            Some(status) => status,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Adds those of another part of the form.
    pub fn extend(&mut self, others: Errors) {
        self.wrong.extend(others.wrong);
        self.asked.extend(others.asked);
        self.refused = self.refused.or(others.refused);
    }

    /// Whether the form passes.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Takes the value, or notes the error and gives none.
    pub fn take<T>(&mut self, field: &str, result: Result<T, Both>) -> Option<T> {
        result.map_err(|text| self.add(field, text)).ok()
    }

    /// Whether a text has at most so many characters; a longer one is an error at its field.
    pub fn within(&mut self, field: impl Into<String>, text: &str, limit: usize) -> bool {
        let fits = text.chars().count() <= limit;
        if !fits {
            self.add(
                field,
                both(
                    format!("Mục này dài quá {limit} ký tự; hãy rút gọn."),
                    format!("This field is longer than {limit} characters; shorten it."),
                ),
            );
        }
        fits
    }

    /// All errors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Both)> {
        self.wrong.iter().map(|(field, text)| (field.as_str(), text))
    }

    /// The choices that are asked at a field.
    pub fn asked(&self, field: &str) -> Option<&[Choice]> {
        self.asked.iter().find(|(known, _)| known == field).map(|(_, choices)| choices.as_slice())
    }

    /// What is wrong with a field, or the empty text.
    pub fn of(&self, field: &str, lang: Tongue) -> String {
        self.wrong.iter().find(|(known, _)| known == field).map_or(String::new(), |(_, text)| text.get(lang).to_owned())
    }
}
