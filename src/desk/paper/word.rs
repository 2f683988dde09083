//! The papers of a dossier as Word, to be worked on: the same values that are printed, in Times New Roman and the margins of Decree
//! 30/2020. What a person has to fill in stays a dotted line.

use std::io::{Cursor, Write as _};

use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde_json::Value;
use zip::write::SimpleFileOptions;

use super::model::day_words;
use super::print::file_name;
use crate::error::{Error, Result};
use crate::file::document::Format;

const DOTS: &str = "………………………………………………………………………………";

/// Answers with a document.
pub fn answer(name: &str, data: &Value) -> Result<Response> {
    let bytes = document(data).map_err(|error| Error::internal(error.to_string()))?;
    let disposition = format!("attachment; filename=\"{}.docx\"", file_name(name));
    Ok((
        [
            (header::CONTENT_TYPE, Format::Docx.media().to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ],
        bytes,
    )
        .into_response())
}

/// The file.
pub fn document(data: &Value) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", RELATIONS.to_owned()),
        ("word/styles.xml", STYLES.to_owned()),
        ("word/_rels/document.xml.rels", PARTS.to_owned()),
        ("word/document.xml", body(data)),
    ] {
        archive.start_file(name, SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A run of text.
fn run(text: &str, style: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<w:r><w:rPr>{style}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

const BOLD: &str = "<w:b/>";

fn paragraph(runs: &str, layout: &str) -> String {
    format!("<w:p><w:pPr>{layout}</w:pPr>{runs}</w:p>")
}

const CENTRE: &str = "<w:spacing w:before=\"0\" w:after=\"0\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"center\"/>";
const FLAT: &str = "<w:spacing w:before=\"0\" w:after=\"0\"/><w:ind w:firstLine=\"0\"/><w:jc w:val=\"left\"/>";

fn cell(width: u32, content: &str) -> String {
    format!("<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/></w:tcPr>{content}</w:tc>")
}

fn table(widths: &[u32], rows: &[String], is_ruled: bool) -> String {
    let line = if is_ruled { "w:val=\"single\" w:sz=\"4\"" } else { "w:val=\"nil\"" };
    let borders: String =
        ["top", "left", "bottom", "right", "insideH", "insideV"].iter().map(|side| format!("<w:{side} {line}/>")).collect();
    let columns: String = widths.iter().map(|width| format!("<w:gridCol w:w=\"{width}\"/>")).collect();
    let whole: u32 = widths.iter().sum();
    let (rows, after) = (rows.concat(), paragraph("", FLAT));
    format!(
        "<w:tbl><w:tblPr><w:tblW w:w=\"{whole}\" w:type=\"dxa\"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>{after}"
    )
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn head(head: &Value) -> String {
    let mut left = String::new();
    if !text(head, "parent").is_empty() {
        left += &paragraph(&run(&text(head, "parent").to_uppercase(), ""), CENTRE);
    }
    left += &paragraph(&run(&text(head, "issuer").to_uppercase(), BOLD), CENTRE);
    if !text(head, "number").is_empty() {
        left += &paragraph(&run(text(head, "number"), ""), CENTRE);
    }
    let place = text(head, "place");
    let date: Option<(i32, u32, u32)> = serde_json::from_value(head["date"].clone()).ok();
    let day = match date.and_then(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day)) {
        Some(day) => format!("{place}, {}", day_words(day)),
        None => format!("{place}, ngày …… tháng …… năm ………"),
    };
    let right = [
        paragraph(&run("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", BOLD), CENTRE),
        paragraph(&run("Độc lập - Tự do - Hạnh phúc", "<w:b/><w:u w:val=\"single\"/>"), CENTRE),
        paragraph(&run(&day, "<w:i/>"), CENTRE),
    ]
    .concat();
    table(&[3900, 5400], &[format!("<w:tr>{}{}</w:tr>", cell(3900, &left), cell(5400, &right))], false)
}

fn answers<'a>(rows: impl Iterator<Item = &'a Value>) -> String {
    const WIDTHS: [u32; 5] = [800, 2500, 3000, 900, 2100];
    let line = |cells: [(String, &str); 5], is_bold: bool| {
        let cells: String = cells
            .iter()
            .zip(WIDTHS)
            .map(|((content, layout), width)| {
                let style = if is_bold { "<w:b/><w:sz w:val=\"24\"/>" } else { "<w:sz w:val=\"24\"/>" };
                let lines: String = content.split('\n').map(|text| paragraph(&run(text, style), layout)).collect();
                cell(width, &lines)
            })
            .collect();
        format!("<w:tr>{}{cells}</w:tr>", if is_bold { "" } else { "<w:trPr><w:cantSplit/></w:trPr>" })
    };
    let named = ["Mục", "Tiêu chí", "Tự đánh giá, mô tả", "Điểm", "Minh chứng"].map(|name| (name.to_owned(), CENTRE));
    let mut all = vec![line(named, true).replacen("<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>", 1)];
    for row in rows {
        let joined = |key: &str| items(row, key).filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
        let cells = [
            (text(row, "no").to_owned(), FLAT),
            (text(row, "name").to_owned(), FLAT),
            (joined("text"), FLAT),
            (text(row, "points").to_owned(), CENTRE),
            (joined("proofs"), FLAT),
        ];
        all.push(line(cells, row["heading"].as_bool() == Some(true)));
    }
    table(&WIDTHS, &all, true)
}

fn body(data: &Value) -> String {
    let mut out = head(&data["head"]);
    out += &paragraph(&run(&text(data, "name").to_uppercase(), "<w:b/><w:sz w:val=\"28\"/>"), CENTRE);
    out += &paragraph(&run(text(data, "about"), BOLD), CENTRE);
    if data["sample"].as_bool() == Some(true) {
        out += &paragraph(&run("(Dữ liệu mẫu)", "<w:i/>"), CENTRE);
    }
    out += &paragraph("", FLAT);
    for row in items(data, "facts") {
        let value = row[1].as_str().unwrap_or(DOTS);
        out += &paragraph(&format!("{}{}", run(&format!("{}: ", row[0].as_str().unwrap_or_default()), BOLD), run(value, "")), FLAT);
    }
    for section in items(data, "sections") {
        out += &paragraph(
            &run(text(section, "title"), BOLD),
            "<w:keepNext/><w:spacing w:before=\"160\" w:after=\"60\"/><w:ind w:firstLine=\"0\"/>",
        );
        for line in items(section, "lines").filter_map(Value::as_str) {
            out += &paragraph(&run(line, ""), "");
        }
        for _ in 0..section["open"].as_u64().unwrap_or_default() {
            out += &paragraph(&run(DOTS, ""), FLAT);
        }
        if items(section, "rows").next().is_some() {
            out += &answers(items(section, "rows"));
        }
    }
    if !text(data, "ending").is_empty() {
        out += &paragraph(&run(text(data, "ending"), ""), "");
    }
    let signers: Vec<&Value> = items(data, "signers").collect();
    let width = 9300 / u32::try_from(signers.len().max(1)).unwrap_or(1);
    let cells: String = signers
        .iter()
        .map(|signer| {
            let mut lines: String =
                items(signer, "lines").filter_map(Value::as_str).map(|line| paragraph(&run(&line.to_uppercase(), BOLD), CENTRE)).collect();
            lines += &paragraph(&run(text(signer, "hint"), "<w:i/>"), CENTRE);
            lines += &[(); 3].map(|()| paragraph("", CENTRE)).concat();
            lines += &paragraph(&run(text(signer, "name"), BOLD), CENTRE);
            cell(width, &lines)
        })
        .collect();
    out += &table(&vec![width; signers.len()], &[format!("<w:tr>{cells}</w:tr>")], false);
    // A4; margins 20 mm above and below, 30 mm left, 15 mm right
    let page = "<w:sectPr><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"851\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"567\" w:footer=\"567\" w:gutter=\"0\"/></w:sectPr>";
    format!("{XML}<w:document {NAMES}><w:body>{out}{page}</w:body></w:document>")
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const NAMES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Thirteen points, justified, the first line set in by 10 mm.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="Times New Roman"/><w:sz w:val="26"/><w:szCs w:val="26"/><w:lang w:val="vi-VN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="120" w:after="0" w:line="276" w:lineRule="auto"/><w:ind w:firstLine="567"/><w:jc w:val="both"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>"#;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_well_formed_and_says_what_it_was_given() {
        let data = json!({
            "name": "Báo cáo", "about": "tự đánh giá (Mẫu 02)", "sample": true,
            "head": {"parent": "", "issuer": "Hợp tác xã A & B", "number": "Số: 1", "place": "Hà Đông", "date": [2026, 2, 5]},
            "facts": [["Chủ thể", "Hợp tác xã <A>"], ["Dân tộc", null]],
            "sections": [{"title": "III. Tự đánh giá", "lines": ["Tổng điểm: 72/100."], "open": 1, "rows": [
                {"no": "1", "name": "Tổ chức", "text": [], "points": "/17", "proofs": [], "heading": true},
                {"no": "1.1", "name": "Nguyên liệu", "text": ["Trong xã", "Có hợp đồng"], "points": "2/3", "proofs": ["Hợp đồng 12, trang 3"], "heading": false},
            ]}],
            "ending": "Hết.", "signers": [{"lines": ["Đại diện chủ thể"], "hint": "(Ký)", "name": ""}],
        });
        let bytes = document(&data).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for at in 0..archive.len() {
            let mut text = String::new();
            archive.by_index(at).unwrap().read_to_string(&mut text).unwrap();
            let mut reader = quick_xml::Reader::from_str(&text);
            reader.config_mut().check_end_names = true;
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
        }
        let mut text = String::new();
        archive.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
        for said in [
            "HỢP TÁC XÃ A &amp; B",
            "ngày 05 tháng 02 năm 2026",
            "Hợp tác xã &lt;A&gt;",
            "Dân tộc: ",
            DOTS,
            "Hợp đồng 12, trang 3",
            "2/3",
            "Dữ liệu mẫu",
        ] {
            assert!(text.contains(said), "{said}");
        }
    }
}
