//! What a document is, and which ones are refused: by their bytes, whatever they are called.

use std::io::Write;

use super::document::{Fault, Format, check, is_document, safe_name};

/// A PDF of one page with something in its catalogue.
pub fn pdf(catalogue: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R {catalogue} >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n").into_bytes()
}

/// A PDF of so many pages, each with a black square.
pub fn pages(count: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let kids = (0..count).map(|at| format!("{} 0 R", 4 + at)).collect::<Vec<_>>().join(" ");
    let drawing = "10 10 80 80 re f";
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {count} >>"),
        format!("<< /Length {} >>\nstream\n{drawing}\nendstream", drawing.len()),
    ];
    objects.extend((0..count).map(|_| "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 200] /Contents 3 0 R >>".to_owned()));
    for (at, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", at + 1).into_bytes());
    }
    let start = bytes.len();
    let entries: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let size = places.len() + 1;
    bytes.extend(
        format!("xref\n0 {size}\n0000000000 65535 f \n{entries}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n")
            .into_bytes(),
    );
    bytes
}

/// The same with its objects packed.
fn packed(objects: &str, filter: &str) -> Vec<u8> {
    let mut zipped = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zipped.write_all(objects.as_bytes()).unwrap();
    let mut bytes = format!("%PDF-1.7\n5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter {filter} >>\nstream\n").into_bytes();
    bytes.extend(zipped.finish().unwrap());
    bytes.extend(b"\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n");
    bytes
}

fn office(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const TYPES: (&str, &str) = ("[Content_Types].xml", "<Types/>");
const WORD: (&str, &str) = ("word/document.xml", "<w:document/>");

/// A Word file without macros.
pub fn docx() -> Vec<u8> {
    office(&[TYPES, WORD])
}

#[test]
fn a_plain_document_is_told_by_its_bytes() {
    assert_eq!(check(&pdf("/Lang (vi)")), Ok(Format::Pdf));
    assert_eq!(check(&packed("1 0 << /Type /Catalog /OpenAction [3 0 R /Fit] >>", "/FlateDecode")), Ok(Format::Pdf));
    assert_eq!(check(&docx()), Ok(Format::Docx));
    assert_eq!(check(&office(&[TYPES, ("xl/workbook.xml", "<workbook/>")])), Ok(Format::Xlsx));
    // a link that a reader presses is none of the document's doing
    let link = (
        "word/_rels/document.xml.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://x/hyperlink" Target="https://hanoi.gov.vn" TargetMode="External"/></Relationships>"#,
    );
    assert_eq!(check(&office(&[TYPES, WORD, link])), Ok(Format::Docx));
}

#[test]
fn a_pdf_that_acts_by_itself_is_refused() {
    for acts in [
        "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
        "/OpenAction << /S /J#61vaScript >>",
        "/OpenAction << /S /Launch /F (cmd.exe) >>",
        "/AcroForm << /XFA 3 0 R >>",
        "/Names << /EmbeddedFiles 4 0 R >>",
        "/AA << /O << /S /SubmitForm >> >>",
    ] {
        assert!(matches!(check(&pdf(acts)), Err(Fault::Active(_))), "{acts}");
        assert!(matches!(check(&packed(acts, "/FlateDecode")), Err(Fault::Active(_))), "packed: {acts}");
    }
    assert_eq!(check(&pdf("/Encrypt 9 0 R")), Err(Fault::Locked));
    assert_eq!(check(&packed("x", "[/LZWDecode /FlateDecode]")), Err(Fault::Broken), "what cannot be looked into is not taken");
    let whole = pdf("");
    assert_eq!(check(&whole[..whole.len() - 10]), Err(Fault::Broken), "cut off");
}

#[test]
fn an_office_file_with_a_macro_or_a_fetched_template_is_refused() {
    let refused = |more: &[(&str, &str)]| {
        let parts: Vec<(&str, &str)> = [TYPES, WORD].into_iter().chain(more.iter().copied()).collect();
        assert!(matches!(check(&office(&parts)), Err(Fault::Active(_))), "{more:?}");
    };
    refused(&[("word/vbaProject.bin", "x")]);
    refused(&[("word/embeddings/oleObject1.bin", "x")]);
    refused(&[("word/activeX/activeX1.xml", "x")]);
    refused(&[(
        "word/_rels/settings.xml.rels",
        r#"<Relationship Id="r" Type="http://x/attachedTemplate" Target="http://evil/t.dotm" TargetMode="External"/>"#,
    )]);
    assert!(matches!(
        check(&office(&[
            ("[Content_Types].xml", "<Override ContentType='application/vnd.ms-word.document.macroEnabled.main+xml'/>"),
            WORD
        ])),
        Err(Fault::Active(_))
    ));
    assert_eq!(check(&office(&[("a.txt", "x")])), Err(Fault::Unknown), "a zip is no document");
    assert_eq!(check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"), Err(Fault::Old));
    for other in [&b"<html><script>alert(1)</script>"[..], b"MZ\x90\x00", b"", b"GIF89a"] {
        assert!(is_document(other));
        assert_eq!(check(other), Err(Fault::Unknown));
    }
    assert!(!is_document(b"\x89PNG\r\n") && !is_document(&[0xff, 0xd8, 0xff, 0xe0]));
}

#[test]
fn a_name_leads_nowhere_and_ends_as_the_file_is() {
    assert_eq!(safe_name("Quy chế quản lý điểm.pdf", Format::Pdf), "Quy chế quản lý điểm.pdf");
    for (typed, shown) in [
        ("../../etc/passwd", "passwd.docx"),
        ("C:\\tam\\bien ban.docm", "bien ban.docx"),
        ("a\u{202e}fdp.exe", "afdp.docx"),
        ("\r\nX: y", "X y.docx"),
        ("..", "tep.docx"),
        ("", "tep.docx"),
    ] {
        assert_eq!(safe_name(typed, Format::Docx), shown, "{typed:?}");
    }
    assert!(safe_name(&"dài ".repeat(200), Format::Pdf).chars().count() < 130);
}
