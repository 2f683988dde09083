//! What the journal keeps of a row of a file.

use chrono::NaiveDate;
use serde::Serialize;

use crate::journal::PlainLine;
use crate::product::model::{Certificate, Product};

/// What the journal keeps of a row.
#[derive(Serialize)]
struct Detail<'a> {
    set: Set<'a>,
    /// One for each recognition that the row brings or corrects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    certificates: Vec<Paper<'a>>,
}

#[derive(Serialize)]
struct Set<'a> {
    code: &'a str,
    name: &'a str,
    producer_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    producer_tax_code: Option<&'a str>,
    group_id: &'a str,
    group_as: &'a str,
    set_name: &'a str,
    unit_id: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    origin: &'a str,
    price: Option<i64>,
    /// Only where it changed: that of a new product is in its row, and the digest of the file vouches for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    lon: Option<f64>,
    lat: Option<f64>,
    source: &'a str,
}

#[derive(Serialize)]
struct Paper<'a> {
    number: Option<&'a str>,
    decision_no: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    recognised_by: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    recognition: &'a str,
    decided_on: Option<NaiveDate>,
    #[serde(skip_serializing_if = "str::is_empty")]
    decided_as: &'a str,
    stars: i64,
    score: Option<i64>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    end_rule: &'a str,
}

/// The line of the journal for a product that a file brought or changed, with the certificates that it brought or corrected.
///
/// # Errors
/// It cannot be written as JSON.
pub fn line<'a, 'c>(
    verb: &'a str,
    product: &'a Product,
    before: Option<&Product>,
    tax_code: Option<&str>,
    certificates: impl Iterator<Item = &'c Certificate>,
) -> serde_json::Result<PlainLine<'a>> {
    let set = Set {
        code: &product.code,
        name: &product.name,
        producer_id: product.producer_id.as_deref(),
        producer_tax_code: tax_code,
        group_id: &product.group_id,
        group_as: &product.group_as,
        set_name: &product.set_name,
        unit_id: product.unit_id.as_deref(),
        origin: &product.origin,
        price: product.price,
        description: before.filter(|before| before.description != product.description).map(|_| product.description.as_str()),
        lon: product.lon,
        lat: product.lat,
        source: &product.source,
    };
    let paper = |certificate: &'c Certificate| Paper {
        number: certificate.number.as_deref(),
        decision_no: &certificate.decision_no,
        recognised_by: &certificate.recognised_by,
        recognition: &certificate.recognition,
        decided_on: certificate.decided_on,
        decided_as: &certificate.decided_as,
        stars: certificate.stars,
        score: certificate.score,
        valid_from: certificate.valid_from,
        valid_to: certificate.valid_to,
        end_rule: &certificate.end_rule,
    };
    let certificates = certificates.map(paper).collect();
    Ok(PlainLine { verb, subject: ("product", &product.id), detail: serde_json::to_string(&Detail { set, certificates })? })
}
