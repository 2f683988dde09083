//! Papers measured as they lie on the table: `pdftotext -bbox-layout` and `pdffonts` (poppler-utils) say where each word
//! stands and in which font, and that is compared with what the decree allows. Without those programs the tests fail in
//! CI and say so in one line elsewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods, reason = "tests stop where they fail")]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use ocop_paper::{Request, print};
use serde_json::{Value, json};

const KINDS: [&str; 8] = ["survey", "inspection", "minutes", "selection", "guidance", "invitation", "call", "file"];
/// Points a millimetre.
const MM: f64 = 72.0 / 25.4;
/// A pixel, so to say.
const PIXEL: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z";

fn layout() -> Value {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../programme/law/paper/decree-30-2020.toml")).unwrap();
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

fn sample(kind: &str) -> Value {
    let text = std::fs::read_to_string(format!("{}/tests/samples/{kind}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn request(kind: &str, data: Value) -> Request {
    let pictures: BTreeMap<String, String> = ["one.jpg", "two.jpg"].map(|name| (name.to_owned(), PIXEL.to_owned())).into();
    Request { template: kind.to_owned(), data, layout: layout(), pictures, at: [2026, 11, 22, 8, 0, 0] }
}

fn printed(kind: &str, data: Value) -> Vec<u8> {
    print(&request(kind, data)).unwrap_or_else(|error| panic!("{kind}: {error}"))
}

/// What a program says of a PDF; none where it is not installed.
fn tool(name: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let folder = std::env::temp_dir().join(format!("ocop-paper-{}-{:?}", std::process::id(), std::thread::current().id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("paper.pdf");
    std::fs::File::create(&file).unwrap().write_all(pdf).unwrap();
    let output = Command::new(name)
        .args(arguments)
        .arg(&file)
        .args(if name == "pdftotext" { &["-"][..] } else { &[] })
        .stderr(Stdio::inherit())
        .output();
    std::fs::remove_dir_all(&folder).unwrap();
    match output {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) => {
            let is_ci = std::env::var("CI").is_ok_and(|value| !["", "false", "0"].contains(&value.as_str()));
            assert!(!is_ci, "{name}: {error}; in CI papers must be measured (apt-get install poppler-utils)");
            eprintln!("NOT MEASURED: {name} is not installed (apt-get install poppler-utils)");
            None
        }
    }
}

/// A word on a page: its text and its box in pt from the upper left corner.
#[derive(Clone, Debug)]
struct Word {
    page: usize,
    text: String,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

fn words(pdf: &[u8]) -> Option<Vec<Word>> {
    let html = tool("pdftotext", &["-bbox-layout"], pdf)?;
    let number = |line: &str, name: &str| -> f64 {
        line.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split_once('"')).unwrap().0.parse().unwrap()
    };
    let (mut page, mut found) = (0, Vec::new());
    for line in html.lines().map(str::trim) {
        if line.starts_with("<page ") {
            page += 1;
            assert!(
                (number(line, "width") - 210.0 * MM).abs() < 0.5 && (number(line, "height") - 297.0 * MM).abs() < 0.5,
                "not A4: {line}"
            );
        } else if line.starts_with("<word ") {
            let text = line
                .split_once('>')
                .unwrap()
                .1
                .trim_end_matches("</word>")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&");
            found.push(Word {
                page,
                text,
                left: number(line, "xMin"),
                top: number(line, "yMin"),
                right: number(line, "xMax"),
                bottom: number(line, "yMax"),
            });
        }
    }
    Some(found)
}

/// How high poppler's box of a word is by its size: what the face says of itself.
const REGULAR: f64 = 0.909;
const BOLD: f64 = 0.893;

/// The size of a word of a face.
fn size(word: &Word, face: f64) -> f64 {
    (word.bottom - word.top) / face
}

fn plain(pdf: &[u8]) -> Option<String> {
    tool("pdftotext", &["-layout"], pdf)
}

#[test]
fn what_is_used_lies_within_what_the_decree_allows() {
    fn walk(path: &str, value: &Value, seen: &mut usize) {
        if let Value::Object(fields) = value {
            if let Some(used) = fields.get("used").and_then(Value::as_f64) {
                *seen += 1;
                assert!(
                    fields["least"].as_f64().unwrap() <= used && fields.get("most").is_none_or(|most| used <= most.as_f64().unwrap()),
                    "{path}: {value}"
                );
            }
            fields.iter().for_each(|(name, field)| walk(&format!("{path}.{name}"), field, seen));
        }
    }
    let mut seen = 0;
    walk("", &layout(), &mut seen);
    assert!(seen >= 25, "only {seen} measures");
}

/// The least and the most that the decree allows, written here once more.
#[test]
fn text_stays_within_the_margins_and_reaches_them() {
    for kind in KINDS {
        let Some(words) = words(&printed(kind, sample(kind))) else { return };
        let body: Vec<&Word> = words.iter().filter(|word| word.top > 18.0 * MM).collect();
        let left = body.iter().map(|word| word.left).fold(f64::MAX, f64::min);
        let right = body.iter().map(|word| word.right).fold(0.0, f64::max);
        let top = body.iter().map(|word| word.top).fold(f64::MAX, f64::min);
        let bottom = body.iter().map(|word| word.bottom).fold(0.0, f64::max);
        assert!((30.0 * MM - 0.5..=35.0 * MM + 0.5).contains(&left), "{kind}: left {} mm", left / MM);
        assert!(
            (190.0 * MM - 0.5..=195.0 * MM + 1.0).contains(&right) || kind == "file" || kind == "inspection",
            "{kind}: right margin {} mm",
            210.0 - right / MM
        );
        assert!(right <= 195.0 * MM + 1.0, "{kind}: right margin {} mm", 210.0 - right / MM);
        assert!((20.0 * MM - 1.0..=25.0 * MM + 1.0).contains(&top), "{kind}: top {} mm", top / MM);
        assert!(bottom <= 277.0 * MM + 1.0, "{kind}: bottom margin {} mm", 297.0 - bottom / MM);
    }
}

#[test]
fn pages_are_numbered_at_the_top_centre_from_the_second_on() {
    let mut data = sample("selection");
    let row = data["parts"][0]["rows"][0].clone();
    data["parts"][0]["rows"] = Value::Array((0..60).map(|_| row.clone()).collect());
    let Some(words) = words(&printed("selection", data)) else { return };
    let above = |page: usize| words.iter().filter(|word| word.page == page && word.bottom < 20.0 * MM).collect::<Vec<_>>();
    assert!(above(1).is_empty(), "page 1: {:?}", above(1));
    let last = words.last().unwrap().page;
    assert!(last >= 3);
    for page in 2..=last {
        let [number] = above(page)[..] else { panic!("page {page}: {:?}", above(page)) };
        assert_eq!(number.text, page.to_string());
        // in the middle of the lines
        let middle = (number.left + number.right) / 2.0;
        assert!((middle - (30.0 + 195.0) / 2.0 * MM).abs() < 1.0, "page {page}: at {} mm", middle / MM);
        assert!((12.9..=14.1).contains(&size(number, REGULAR)), "page {page}: {} pt", size(number, REGULAR));
    }
}

#[test]
fn every_part_has_the_size_that_the_decree_gives_it() {
    let Some(letter) = words(&printed("guidance", sample("guidance"))) else { return };
    let invitation = words(&printed("invitation", sample("invitation"))).unwrap();
    let check = |words: &[Word], text: &str, face: f64, least: f64, most: f64| {
        let word = words.iter().find(|word| word.text == text).unwrap_or_else(|| panic!("no “{text}” in {words:?}"));
        assert!((least - 0.1..=most + 0.1).contains(&size(word, face)), "“{text}” is {:.2} pt, not {least}–{most}", size(word, face));
    };
    check(&letter, "CỘNG", BOLD, 12.0, 13.0);
    check(&letter, "Độc", BOLD, 13.0, 14.0);
    check(&letter, "UBND", REGULAR, 12.0, 13.0);
    check(&letter, "SỞ", BOLD, 12.0, 13.0);
    check(&letter, "Số:", REGULAR, 13.0, 13.0);
    check(&letter, "Nội,", REGULAR, 13.0, 14.0);
    check(&letter, "V/v", REGULAR, 12.0, 13.0);
    check(&letter, "Kính", REGULAR, 13.0, 14.0);
    check(&letter, "Thực", REGULAR, 13.0, 14.0);
    check(&letter, "Nơi", BOLD, 12.0, 12.0);
    check(&letter, "Như", REGULAR, 11.0, 11.0);
    check(&invitation, "GIẤY", BOLD, 13.0, 14.0);
    check(&invitation, "Dự", BOLD, 13.0, 14.0);
    check(&invitation, "TM.", BOLD, 13.0, 14.0);
    // the first line of a paragraph begins 1 to 1.27 cm further in
    let first = letter.iter().find(|word| word.text == "Thực").unwrap();
    assert!((40.0 - 0.2..=42.7 + 0.2).contains(&(first.left / MM)), "indent {} mm", first.left / MM - 30.0);
    // lines of a paragraph: from single to one and a half
    let lines: Vec<f64> = letter
        .iter()
        .filter(|word| (word.left - 30.0 * MM).abs() < 0.5 && (13.9..=14.1).contains(&size(word, REGULAR)))
        .map(|word| word.top)
        .collect();
    let closest = lines.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1.0).fold(f64::MAX, f64::min);
    assert!((14.0 * 1.149 - 0.2..=14.0 * 1.149 * 1.5 + 0.2).contains(&closest), "lines {closest} pt apart");
}

#[test]
fn fonts_are_the_two_of_the_house_and_lie_inside() {
    for kind in KINDS {
        let Some(list) = tool("pdffonts", &[], &printed(kind, sample(kind))) else { return };
        let fonts: Vec<&str> = list.lines().skip(2).collect();
        assert!(!fonts.is_empty(), "{list}");
        for font in fonts {
            assert!(font.contains("Tinos") || (kind == "file" && font.contains("BeVietnamPro")), "{kind}: {font}");
            let flags: Vec<&str> = font.split_whitespace().filter(|word| ["yes", "no"].contains(word)).collect();
            assert_eq!(flags, ["yes", "yes", "yes"], "{kind}: embedded, subset, unicode: {font}");
        }
    }
}

#[test]
fn every_paper_says_that_it_is_pdf_a_2a() {
    for kind in KINDS {
        let pdf = printed(kind, sample(kind));
        assert!(pdf.starts_with(b"%PDF-1.7"), "{kind}");
        let text = String::from_utf8_lossy(&pdf);
        assert!(
            text.contains("<pdfaid:part>2</pdfaid:part>") && text.contains("<pdfaid:conformance>A</pdfaid:conformance>"),
            "{kind}: no mark of PDF/A-2a"
        );
        assert!(text.contains("/StructTreeRoot") && text.contains("/Lang"), "{kind}: not tagged");
    }
}

/// Every vowel with every mark in both cases, and every consonant.
fn every_letter() -> String {
    const VOWELS: &str = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ";
    let words: Vec<String> = VOWELS.chars().flat_map(|vowel| [format!("ng{vowel}m"), format!("NG{}M", vowel.to_uppercase())]).collect();
    words.join(" ")
}

#[test]
fn every_vietnamese_letter_comes_out_as_it_went_in() {
    let mut data = sample("guidance");
    let text = every_letter();
    data["guidance"] = json!([text]);
    let Some(out) = tool("pdftotext", &[], &printed("guidance", data)) else { return };
    let out: Vec<&str> = out.split_whitespace().collect();
    for word in text.split(' ') {
        assert!(out.contains(&word), "{word} is not in {out:?}");
    }
}

#[test]
fn the_head_of_a_table_is_on_every_page() {
    let mut data = sample("selection");
    let row = data["parts"][0]["rows"][0].clone();
    data["parts"][0]["rows"] = Value::Array((0..200).map(|_| row.clone()).collect());
    let pdf = printed("selection", data);
    let Some(words) = words(&pdf) else { return };
    let pages = words.last().unwrap().page;
    assert!(pages >= 8, "only {pages} pages");
    for page in 1..pages {
        assert!(words.iter().any(|word| word.page == page && word.text == "TT"), "page {page} has no head");
    }
    let rows = plain(&pdf).unwrap().matches("HN-2026-0001").count();
    assert_eq!(rows, 200);
}

#[test]
fn what_people_wrote_is_text_and_nothing_else() {
    let hostile = "#panic(\"x\") $a^2$ <nhãn> @ref *đậm* _nghiêng_ `mã` \\u{41} // chú thích /* */ - 1. + = \"nháy\" 'đơn' #include \"data.json\" ]})";
    let long = "W".repeat(300);
    for kind in KINDS {
        let mut data = sample(kind);
        fill(&mut data, &|text| format!("{text} {hostile} {long} 陶🏺\u{202e}\u{7}"), "");
        let pdf = printed(kind, data);
        let Some(words) = words(&pdf) else { return };
        assert!(words.iter().any(|word| word.text.contains("#panic(")), "{kind}: the text is not there");
        let right = words.iter().map(|word| word.right).fold(0.0, f64::max);
        assert!(right <= 195.0 * MM + 1.0, "{kind}: a long word runs out to {} mm", right / MM);
        let mut data = sample(kind);
        fill(&mut data, &|_| String::new(), "");
        printed(kind, data);
    }
}

/// Changes every text that people write; names of parts and of pictures stay.
fn fill(value: &mut Value, change: &impl Fn(&str) -> String, name: &str) {
    match value {
        Value::String(text) if !["title", "name", "id"].contains(&name) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, change, name)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, field)| fill(field, change, name)),
        _ => {}
    }
}

/// Labels are no administrative paper: nothing of the decree applies, but each keeps to its place on the sheet.
#[test]
fn labels_keep_to_their_places() {
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1h-1z"/></svg>"#;
    let label = |what: &str| json!({"code": {"name": "code.svg", "alt": "Mã QR: https://ocop.example/san-pham/tra-sen"}, "above": "OCOP 4 sao", "what": what, "lines": ["Hợp tác xã Sen Tây Hồ", "MAU-01"], "price": true, "hint": "Quét mã"});
    // as long as the server lets them become
    let hostile = format!("{}#panic(\"x\") $a^2$ {} 陶🏺", "Trà sen ".repeat(3), "W".repeat(65));
    assert_eq!(hostile.chars().count(), 110);
    let labels: Vec<Value> = (0..23).map(|at| label(if at % 2 == 0 { "Trà sen Tây Hồ" } else { &hostile })).collect();
    let mut asked = request("labels", json!({"title": "Nhãn kệ", "author": "Hợp tác xã", "sample": true, "labels": labels}));
    asked.pictures = [("code.svg".to_owned(), base64::Engine::encode(&base64::engine::general_purpose::STANDARD, svg))].into();
    let pdf = print(&asked).unwrap_or_else(|error| panic!("{error}"));
    assert!(pdf.starts_with(b"%PDF-1.7"));
    let Some(words) = words(&pdf) else { return };
    assert_eq!(words.iter().filter(|word| word.text == "Quét").count(), 23);
    assert_eq!(words.last().unwrap().page, 3, "ten a sheet");
    for word in &words {
        assert!(10.0 * MM <= word.left && word.right <= 200.0 * MM && 10.0 * MM <= word.top && word.bottom <= 287.5 * MM, "{word:?}");
        assert!(word.right <= 105.0 * MM || 105.0 * MM <= word.left, "{word:?} lies over the cut");
    }
}

#[test]
fn a_blank_sheet_has_room_to_write_and_no_verdict() {
    let mut data = sample("survey");
    data["blank"] = json!(true);
    data["head"]["date"] = Value::Null;
    let Some(text) = plain(&printed("survey", data)) else { return };
    assert!(text.contains("ngày …… tháng …… năm ………") && text.contains("Khắc phục") && !text.contains("Hẹn lắp"), "{text}");
}

#[test]
fn dates_of_days_below_ten_and_of_the_first_two_months_take_a_nought() {
    let Some(text) = plain(&printed("survey", sample("survey"))) else { return };
    assert!(text.contains("Hà Nội, ngày 05 tháng 02 năm 2026"), "{text}");
    let text = plain(&printed("inspection", sample("inspection"))).unwrap();
    assert!(text.contains("Hà Nội, ngày 05 tháng 11 năm 2026"), "{text}");
}

#[test]
fn what_cannot_be_printed_is_said() {
    assert!(print(&request("nothing", json!({}))).unwrap_err().contains("no such template"));
    let error = print(&request("survey", json!({"title": "x"}))).unwrap_err();
    assert!(error.contains(".typ:"), "the line of the template is named: {error}");
    let mut bad = request("file", sample("file"));
    bad.pictures.insert("one.jpg".into(), "bm90IGEgcGljdHVyZQ==".into());
    assert!(print(&bad).is_err());
}

#[test]
fn the_program_answers_on_standard_output_or_says_why_not() {
    let run = |input: &[u8]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ocop-paper"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    };
    let whole = json!({"template": "invitation", "data": sample("invitation"), "layout": layout(), "at": [2026, 11, 22, 8, 0, 0]});
    let output = run(whole.to_string().as_bytes());
    assert!(output.status.success() && output.stdout.starts_with(b"%PDF-"));
    let output = run(b"{");
    assert!(!output.status.success() && output.stdout.is_empty() && !output.stderr.is_empty());
}
