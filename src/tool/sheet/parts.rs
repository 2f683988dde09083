//! What is to be known of a workbook before its cells are read: every part is unpacked once without keeping it, so that a
//! damaged part or one of no end is found first; on the way merged cells and what is hidden are noted, sheet by sheet.

use std::collections::HashMap;
use std::io::{self, Read, Seek};

use memchr::memmem;
use zip::ZipArchive;

use super::head::Merge;
use super::{Limits, SheetError};

/// The most parts a workbook may have.
const PARTS: usize = 10_000;
/// How many times its packed size a workbook may unpack to, once it is larger than `FREE`.
/// Tables of much the same rows unpack to some 60 times.
const RATIO: u64 = 400;
const FREE: u64 = 32 * 1024 * 1024;
/// How much of the part that lists the sheets is kept.
const LIST: u64 = 1024 * 1024;

/// Of one sheet: what is merged and what is hidden.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Cells merged into one, as the file lists them.
    pub merges: Vec<Merge>,
    /// Numbers of hidden rows, as the spreadsheet shows them.
    pub hidden_rows: Vec<u32>,
    /// Hidden columns: the first and the last, from 0.
    pub hidden_columns: Vec<(usize, usize)>,
}

/// Unpacks every part once. Declared sizes may lie, so they are not relied on. Gives what is known of each sheet, in the order of the book.
pub(super) fn check(file: impl Read + Seek, size: u64, file_name: &str, limits: &Limits) -> Result<Vec<Facts>, SheetError> {
    let damaged = |error: &dyn std::error::Error| SheetError::Broken { detail: error.to_string() };
    let mut archive = ZipArchive::new(file).map_err(|e| damaged(&e))?;
    let share = size.saturating_mul(RATIO).max(FREE);
    let mut left = limits.unpacked.min(share);
    if archive.len() > PARTS {
        return Err(SheetError::Bomb);
    }
    let (mut book, mut links) = (None, String::new());
    let mut parts: Vec<(String, Facts)> = Vec::new();
    for i in 0..archive.len() {
        let raw = archive.by_index_raw(i).map_err(|e| damaged(&e))?;
        if raw.encrypted() {
            return Err(SheetError::Encrypted);
        }
        let name = raw.name().map(|name| name.into_owned()).unwrap_or_default();
        drop(raw);
        let mut part = archive.by_index(i).map_err(|e| damaged(&e))?.take(left + 1);
        let size = if name.contains("worksheets/") && name.ends_with(".xml") {
            let mut seen = Seen::default();
            let size = io::copy(&mut part, &mut seen).map_err(|e| damaged(&e))?;
            parts.push((name, seen.facts));
            size
        } else if name.ends_with("workbook.xml") || name.ends_with("workbook.xml.rels") {
            let mut text = Vec::new();
            let kept = part.by_ref().take(LIST).read_to_end(&mut text).map_err(|e| damaged(&e))? as u64;
            let text = String::from_utf8_lossy(&text).into_owned();
            if name.ends_with(".rels") {
                links = text;
            } else {
                book = Some(text);
            }
            kept + io::copy(&mut part, &mut io::sink()).map_err(|e| damaged(&e))?
        } else {
            io::copy(&mut part, &mut io::sink()).map_err(|e| damaged(&e))?
        };
        left = left.checked_sub(size).ok_or(SheetError::Bomb)?;
    }
    let Some(book) = book else {
        return Err(SheetError::NotSheet { name: file_name.to_owned() });
    };
    Ok(listed(&book, &links, parts))
}

/// The facts of parts in the order in which the book lists its sheets.
fn listed(book: &str, links: &str, parts: Vec<(String, Facts)>) -> Vec<Facts> {
    let targets: HashMap<String, String> =
        tags(links, "Relationship").filter_map(|tag| Some((attribute(tag, "Id")?, attribute(tag, "Target")?))).collect();
    let mut parts: HashMap<String, Facts> = parts.into_iter().collect();
    let mut of = |tag: &str| {
        let target = targets.get(&attribute(tag, "id")?)?;
        let end = target.trim_start_matches(['/', '.']).trim_start_matches("xl/");
        let part = parts.keys().find(|part| part.ends_with(end))?.clone();
        parts.remove(&part)
    };
    tags(book, "sheet").map(|tag| of(tag).unwrap_or_default()).collect()
}

/// The insides of the tags of this name, with any prefix.
fn tags<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.split('<').filter_map(move |piece| {
        let tag = piece.split_once('>')?.0;
        (local(tag.as_bytes()) == name.as_bytes()).then_some(tag)
    })
}

/// The name of a tag without its prefix.
fn local(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')).unwrap_or(tag.len());
    let name = &tag[..end];
    name.iter().position(|byte| *byte == b':').map_or(name, |at| &name[at + 1..])
}

/// The value of an attribute, with any prefix.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let before = rest[..at].chars().next_back();
        let behind = rest[at + name.len()..].trim_start();
        rest = &rest[at + name.len()..];
        let Some(value) = behind.strip_prefix('=').map(str::trim_start) else { continue };
        if !before.is_some_and(|c| c.is_whitespace() || c == ':') {
            continue;
        }
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = value[1..].split(quote).next()?;
        return Some(value.to_owned());
    }
}

/// Takes a sheet piece by piece and notes what its tags say.
#[derive(Default)]
struct Seen {
    /// The end of what was written that may be the beginning of a tag.
    kept: Vec<u8>,
    facts: Facts,
}

impl io::Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.kept.extend_from_slice(bytes);
        let whole = memchr::memrchr(b'<', &self.kept).unwrap_or(self.kept.len());
        for (word, is_hidden) in [(&b" hidden="[..], true), (&b"mergeCell "[..], false)] {
            for at in memmem::find_iter(&self.kept[..whole], word) {
                let begin = memchr::memrchr(b'<', &self.kept[..at]).map_or(0, |begin| begin + 1);
                let end = memchr::memchr(b'>', &self.kept[begin..whole]).map_or(whole, |end| begin + end);
                if end > at {
                    note(&mut self.facts, &self.kept[begin..end], is_hidden);
                }
            }
        }
        self.kept.drain(..whole);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn note(facts: &mut Facts, tag: &[u8], is_hidden: bool) {
    let Ok(text) = std::str::from_utf8(tag) else { return };
    let number = |name: &str| attribute(text, name).and_then(|value| value.parse::<u32>().ok());
    match local(tag) {
        b"row" | b"col" if is_hidden && !matches!(attribute(text, "hidden").as_deref(), Some("1" | "true")) => {}
        b"row" if is_hidden => facts.hidden_rows.extend(number("r")),
        b"col" if is_hidden => {
            let (Some(first), Some(last)) = (number("min"), number("max")) else { return };
            facts.hidden_columns.push((first.saturating_sub(1) as usize, last.saturating_sub(1) as usize));
        }
        b"mergeCell" => facts.merges.extend(attribute(text, "ref").and_then(|range| merge(&range))),
        _ => {}
    }
}

fn merge(range: &str) -> Option<Merge> {
    let (first, last) = range.split_once(':')?;
    let ((top, left), (bottom, right)) = (place(first)?, place(last)?);
    Some(Merge { top, left, bottom, right })
}

/// Row and column, from 0, of a cell as spreadsheets call it ("AB12").
fn place(cell: &str) -> Option<(u32, usize)> {
    let digits = cell.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = cell.split_at(digits);
    let column = letters.bytes().try_fold(0_usize, |column, letter| {
        let value = letter.is_ascii_uppercase().then(|| letter - b'A' + 1)?;
        column.checked_mul(26)?.checked_add(usize::from(value))
    })?;
    Some((number.parse::<u32>().ok()?.checked_sub(1)?, column.checked_sub(1)?))
}
