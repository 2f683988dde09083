//! What is wrong with a form, field by field. Pure.

use crate::error::{Both, both};
use crate::text::Tongue;

/// An entry of a select or a group of radio buttons: value and label.
pub type Choice = (String, String);

/// Errors by field, in the order found.
#[derive(Clone, Debug, Default)]
pub struct Errors(Vec<(String, Both)>, Vec<(String, Vec<Choice>)>);

impl Errors {
    /// Notes what is wrong with a field and what to do.
    pub fn add(&mut self, field: impl Into<String>, text: Both) {
        self.0.push((field.into(), text));
    }

    /// Asks something at a field: an error until one of the choices is sent as `FIELD_who`.
    pub fn ask(&mut self, field: &str, text: Both, choices: Vec<Choice>) {
        self.add(field, text);
        self.1.push((field.to_owned(), choices));
    }

    /// Adds those of another part of the form.
    pub fn extend(&mut self, others: Errors) {
        self.0.extend(others.0);
        self.1.extend(others.1);
    }

    /// Whether the form passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
        self.0.iter().map(|(field, text)| (field.as_str(), text))
    }

    /// The choices that are asked at a field.
    pub fn asked(&self, field: &str) -> Option<&[Choice]> {
        self.1.iter().find(|(known, _)| known == field).map(|(_, choices)| choices.as_slice())
    }

    /// What is wrong with a field, or the empty text.
    pub fn of(&self, field: &str, lang: Tongue) -> String {
        self.0.iter().find(|(known, _)| known == field).map_or(String::new(), |(_, text)| text.get(lang).to_owned())
    }
}
