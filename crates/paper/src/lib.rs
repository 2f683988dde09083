//! Papers as PDF. A leaf: it knows templates, fonts and Typst, and nothing of the programme. What it is asked to print
//! comes in as JSON, layout values included, so that a new decree on layout is new data.
//!
//! It is a program of its own (`ocop-paper`: a request on standard input, a PDF on standard output), so that nothing
//! else waits for Typst to compile or carries its weight, and so that a paper that goes wrong cannot take the server
//! along. Typst brings along what draws the pages of a PDF, so [`page`] draws those that people send.

mod clean;
mod desk;
pub mod page;

use std::collections::BTreeMap;

use serde::Deserialize;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use desk::Desk;

/// What to print.
#[derive(Debug, Deserialize)]
pub struct Request {
    /// Name of a template: a file of `templates/` without its ending.
    pub template: String,
    /// Values of the paper.
    pub data: serde_json::Value,
    /// Values of the layout (margins, sizes), from the instrument that sets them.
    pub layout: serde_json::Value,
    /// Pictures by the name the template knows them under, as base64.
    #[serde(default)]
    pub pictures: BTreeMap<String, String>,
    /// The moment of printing in Vietnamese time: year, month, day, hour, minute, second.
    pub at: [i32; 6],
}

/// Prints one paper: PDF/A-2a (tagged, fonts inside, made to be kept).
///
/// # Errors
/// What Typst says of a template that does not compile, an unknown template, a picture that is none.
pub fn print(request: &Request) -> Result<Vec<u8>, String> {
    let desk = Desk::new(request)?;
    let compiled = typst::compile::<PagedDocument>(&desk);
    let document = compiled.output.map_err(|errors| said(&desk, &errors))?;
    if !compiled.warnings.is_empty() {
        return Err(said(&desk, &compiled.warnings));
    }
    let standards = PdfStandards::new(&[PdfStandard::A_2a]).map_err(|error| error.message().to_string())?;
    let options = PdfOptions {
        ident: Smart::Auto,
        creator: Smart::Custom(Some("OCOP".into())),
        timestamp: moment(request.at),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| said(&desk, &errors))
}

/// What Typst says, each with the line of the template it speaks of.
fn said(desk: &Desk, errors: &[SourceDiagnostic]) -> String {
    let line = |error: &SourceDiagnostic| {
        let place = error.span.id().zip(desk.range(error.span));
        let source = place.and_then(|(id, range)| Some((desk.source(id).ok()?, range)));
        source
            .map(|(source, range)| {
                format!("{}:{}: ", source.id().vpath().get_without_slash(), source.text()[..range.start].matches('\n').count() + 1)
            })
            .unwrap_or_default()
    };
    let whole = |error: &SourceDiagnostic| {
        let hints = error.hints.iter().map(|hint| format!("; {}", hint.v)).collect::<String>();
        format!("{}{}{hints}", line(error), error.message)
    };
    errors.iter().map(whole).collect::<Vec<_>>().join("\n")
}

fn moment(at: [i32; 6]) -> Option<Timestamp> {
    let [year, month, day, hour, minute, second] = at;
    let small = |value: i32| u8::try_from(value).ok();
    let datetime = Datetime::from_ymd_hms(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?)?;
    Timestamp::new_local(datetime, 7 * 60)
}
