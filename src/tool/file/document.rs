//! Documents that people send: PDF, Word, Excel. What they are is read from their bytes, never from their names; what would
//! do something by itself when it is opened (macros, scripts, programs inside, templates fetched from elsewhere), and what
//! nobody could look into (a password), is refused. They are kept as they came and are only ever handed out to be saved.

use std::io::{Cursor, Read};

use flate2::read::ZlibDecoder;
use zip::ZipArchive;

use crate::error::{Both, both};
use crate::words;

words! {
    /// What a document is.
    pub enum Format {
        /// PDF.
        Pdf = "pdf" / "PDF",
        /// Word, without macros.
        Docx = "docx" / "Word",
        /// Excel, without macros.
        Xlsx = "xlsx" / "Excel",
    }
}

impl Format {
    /// The media type.
    pub fn media(self) -> &'static str {
        match self {
            Format::Pdf => "application/pdf",
            Format::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Neither PDF nor Word nor Excel.
    Unknown,
    /// Word or Excel of before 2007: nobody can tell what is in it.
    Old,
    /// It has a password.
    Locked,
    /// It does something by itself; what.
    Active(&'static str),
    /// Damaged, or packed in a way that cannot be looked into.
    Broken,
}

impl Fault {
    /// What happened and what to do.
    pub fn text(&self) -> Both {
        match self {
            Fault::Unknown => both(
                "không phải là PDF, Word (.docx), Excel (.xlsx) hoặc ảnh JPEG, PNG, WebP. Hãy lưu thành một trong các dạng đó rồi gửi lại.",
                "it is no PDF, Word (.docx), Excel (.xlsx) or JPEG, PNG, WebP picture. Save it as one of these and send it again.",
            ),
            Fault::Old => both(
                "là tệp Word hoặc Excel kiểu cũ (.doc, .xls), hoặc có mật khẩu; hệ thống không kiểm tra được bên trong. Hãy lưu thành .docx, .xlsx hoặc PDF không mật khẩu rồi gửi lại.",
                "it is an old Word or Excel file (.doc, .xls), or has a password; nobody can check what is in it. Save it as .docx, .xlsx or PDF without a password and send it again.",
            ),
            Fault::Locked => both(
                "có mật khẩu hoặc bị khóa. Hãy bỏ khóa (in lại ra PDF) rồi gửi lại.",
                "it has a password or is locked. Unlock it (print it to PDF) and send it again.",
            ),
            Fault::Active(what) => both(
                format!("có nội dung tự chạy ({what}) nên không nhận. Hãy in lại ra PDF hoặc lưu không kèm nội dung đó rồi gửi lại."),
                format!("it holds something that runs by itself ({what}). Print it to PDF, or save it without that, and send it again."),
            ),
            Fault::Broken => both(
                "bị hỏng hoặc không đọc được hết. Hãy in lại ra PDF rồi gửi lại.",
                "it is damaged or cannot be read whole. Print it to PDF and send it again.",
            ),
        }
    }
}

/// Whether a file may be a document rather than a picture, by its first bytes.
pub fn is_document(bytes: &[u8]) -> bool {
    let is_picture = bytes.starts_with(&[0xff, 0xd8, 0xff]) || bytes.starts_with(b"\x89PNG") || bytes.starts_with(b"RIFF");
    !is_picture
}

/// Looks into a document.
pub fn check(bytes: &[u8]) -> Result<Format, Fault> {
    if bytes.starts_with(b"%PDF-") {
        return pdf(bytes).map(|()| Format::Pdf);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return office(bytes);
    }
    Err(if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) { Fault::Old } else { Fault::Unknown })
}

/// Names of a PDF that make it act, with what people call them.
const ACTIVE: &[(&[u8], &str)] = &[
    (b"JavaScript", "JavaScript"),
    (b"Launch", "Launch"),
    (b"RichMedia", "RichMedia"),
    (b"ImportData", "ImportData"),
    (b"SubmitForm", "SubmitForm"),
    (b"XFA", "XFA"),
    (b"EmbeddedFile", "EmbeddedFile"),
    (b"EmbeddedFiles", "EmbeddedFile"),
];

/// How much of packed objects is looked at: a page of text takes some kilobytes.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// Objects lie bare or in packed streams of objects (`ObjStm`): both are looked through for names. What lies in other
/// streams are pages, fonts and pictures, which do nothing; but names in them are heeded too, as a pointer may lead there.
fn pdf(bytes: &[u8]) -> Result<(), Fault> {
    if !bytes[bytes.len().saturating_sub(2048)..].windows(5).any(|part| part == b"%%EOF") {
        return Err(Fault::Broken);
    }
    names(bytes)?;
    let mut left = UNPACKED;
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"stream") {
        let begin = at + found;
        at = begin + b"stream".len();
        if begin >= 3 && &bytes[begin - 3..begin] == b"end" {
            continue;
        }
        // the dictionary of a stream lies between the head of its object and the word
        let from = begin.saturating_sub(4096);
        let head = &bytes[from..begin];
        let head = &head[rfind(head, b" obj").unwrap_or(0)..];
        let named: Vec<Vec<u8>> = tokens(head).collect();
        let has = |name: &[u8]| named.iter().any(|known| known == name);
        if !has(b"ObjStm") {
            continue;
        }
        let is_plain = !has(b"Filter");
        let is_flate = (has(b"FlateDecode") || has(b"Fl"))
            && !["LZWDecode", "LZW", "ASCIIHexDecode", "AHx", "ASCII85Decode", "A85", "RunLengthDecode", "RL", "Crypt", "Predictor"]
                .iter()
                .any(|other| has(other.as_bytes()));
        let mut data = &bytes[at..];
        data = data.strip_prefix(b"\r\n").or_else(|| data.strip_prefix(b"\n")).or_else(|| data.strip_prefix(b"\r")).unwrap_or(data);
        if is_plain {
            continue;
        }
        if !is_flate {
            return Err(Fault::Broken);
        }
        let mut unpacked = Vec::new();
        // what is damaged is looked at as far as it goes, as a viewer would
        let _ = ZlibDecoder::new(data).take(left + 1).read_to_end(&mut unpacked);
        left = left.checked_sub(unpacked.len() as u64).ok_or(Fault::Broken)?;
        names(&unpacked)?;
    }
    Ok(())
}

fn names(bytes: &[u8]) -> Result<(), Fault> {
    for name in tokens(bytes) {
        if name == b"Encrypt" {
            return Err(Fault::Locked);
        }
        if let Some((_, what)) = ACTIVE.iter().find(|(active, _)| *active == name) {
            return Err(Fault::Active(what));
        }
    }
    Ok(())
}

/// Names of a PDF (`/Name`), with what is written as a number (`#41`) read.
fn tokens(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    const LONGEST: usize = 127;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0 || b"()<>[]{}/%".contains(byte);
    memchr::memchr_iter(b'/', bytes).map(move |at| {
        let rest = &bytes[at + 1..];
        let end = rest.iter().take(3 * LONGEST).position(ends).unwrap_or(rest.len().min(3 * LONGEST));
        let (mut name, mut place) = (Vec::new(), 0);
        while place < end {
            let code = rest
                .get(place + 1..place + 3)
                .filter(|_| rest[place] == b'#' && place + 2 < end)
                .and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
            name.push(code.unwrap_or(rest[place]));
            place += if code.is_some() { 3 } else { 1 };
        }
        name
    })
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, part)
}

fn rfind(bytes: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::rfind(bytes, part)
}

/// Most entries of a package, and how much of one is read.
const ENTRIES: usize = 5_000;
const ENTRY: u64 = 8 * 1024 * 1024;

fn office(bytes: &[u8]) -> Result<Format, Fault> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Fault::Broken)?;
    if zip.len() > ENTRIES {
        return Err(Fault::Broken);
    }
    let mut format = None;
    let mut told = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).map_err(|_| Fault::Broken)?;
        let name = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/").to_lowercase();
        match name.as_str() {
            "word/document.xml" => format = Some(Format::Docx),
            "xl/workbook.xml" => format = Some(Format::Xlsx),
            _ => {}
        }
        for (part, what) in [
            ("vbaproject", "macro"),
            ("vbadata", "macro"),
            ("macrosheets/", "macro"),
            ("activex", "ActiveX"),
            ("oleobject", "OLE"),
            (".exe", "exe"),
            (".js", "script"),
            (".vbs", "script"),
            (".hta", "script"),
        ] {
            if name.contains(part) {
                return Err(Fault::Active(what));
            }
        }
        if name.contains("embeddings/") && name.ends_with(".bin") {
            return Err(Fault::Active("OLE"));
        }
        if name == "[content_types].xml" || name.ends_with(".rels") || name.contains("externallinks/") {
            let mut text = Vec::new();
            (&mut entry).take(ENTRY + 1).read_to_end(&mut text).map_err(|_| Fault::Broken)?;
            if text.len() as u64 > ENTRY {
                return Err(Fault::Broken);
            }
            told.push((name, String::from_utf8_lossy(&text).replace('\0', "").to_lowercase()));
        }
    }
    let Some(format) = format.filter(|_| told.iter().any(|(name, _)| name == "[content_types].xml")) else { return Err(Fault::Unknown) };
    for (name, text) in &told {
        if name == "[content_types].xml" && (text.contains("macroenabled") || text.contains("vbaproject")) {
            return Err(Fault::Active("macro"));
        }
        if text.contains("ddelink") {
            return Err(Fault::Active("DDE"));
        }
        // a link that a reader may press is none of these; a template or an object is fetched by itself
        let fetched = |part: &str| {
            part.contains("external")
                && ["/attachedtemplate", "/oleobject", "/subdocument", "/frame", "/afchunk"].iter().any(|kind| part.contains(kind))
        };
        if name.ends_with(".rels") && text.split("<relationship ").any(fetched) {
            return Err(Fault::Active("external template"));
        }
    }
    Ok(format)
}

/// A name under which a file is handed out: no path, no control characters, its ending that of what it is.
pub fn safe_name(name: &str, format: Format) -> String {
    const LONGEST: usize = 120;
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let base: String = base
        .chars()
        .filter(|letter| !letter.is_control() && !"<>:\"|?*\u{202e}\u{202d}\u{2066}\u{2067}\u{2068}\u{200b}".contains(*letter))
        .collect();
    let base = base.trim().trim_matches('.');
    let stem = match base.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 5 => stem,
        _ => base,
    };
    let stem: String = stem.chars().take(LONGEST).collect();
    format!("{}.{}", if stem.trim().is_empty() { "tep" } else { stem.trim() }, format.word())
}
