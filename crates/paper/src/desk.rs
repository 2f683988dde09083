//! What Typst may read: the templates and fonts that are built in, and the values and pictures of one request. No disk,
//! no packages, no network.

use std::collections::HashMap;

use base64::Engine;
use rust_embed::RustEmbed;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::Request;
use crate::clean::clean;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "fonts"]
struct Fonts;

/// The face of every paper; a letter it lacks cannot be printed.
const BODY: &str = "Tinos";

/// The table a paper is set on.
pub struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    main: FileId,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
    today: Option<Datetime>,
}

fn id(name: &str) -> Result<FileId, String> {
    let path = VirtualPath::new(name).map_err(|_| format!("not a name: {name}"))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl Desk {
    /// Lays out templates, fonts and the request's values.
    pub fn new(request: &Request) -> Result<Desk, String> {
        let mut sources = HashMap::new();
        for name in Templates::iter().filter(|name| name.ends_with(".typ")) {
            if let Some(file) = Templates::get(&name) {
                let text = String::from_utf8(file.data.into_owned()).map_err(|_| format!("{name} is not UTF-8"))?;
                let id = id(&name)?;
                sources.insert(id, Source::new(id, text));
            }
        }
        let main = id(&format!("{}.typ", request.template))?;
        if !sources.contains_key(&main) {
            return Err(format!("no such template: {}", request.template));
        }
        let fonts: Vec<Font> =
            Fonts::iter().filter_map(|name| Fonts::get(&name)).flat_map(|file| Font::iter(Bytes::new(file.data.into_owned()))).collect();
        let book = FontBook::from_fonts(&fonts);
        let mut data = request.data.clone();
        clean(&mut data, &|text| request.pictures.contains_key(text), &|letter| {
            fonts.iter().filter(|font| font.info().family == BODY).all(|font| font.info().coverage.contains(letter as u32))
        });
        let mut files = HashMap::new();
        files.insert(id("data.json")?, Bytes::from_string(data.to_string()));
        files.insert(id("layout.json")?, Bytes::from_string(request.layout.to_string()));
        for (name, text) in &request.pictures {
            let bytes = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| format!("picture {name} is not base64"))?;
            files.insert(id(name)?, Bytes::new(bytes));
        }
        let [year, month, day, ..] = request.at;
        let today = Datetime::from_ymd(year, u8::try_from(month).unwrap_or(0), u8::try_from(day).unwrap_or(0));
        Ok(Desk { library: LazyHash::new(Library::default()), book: LazyHash::new(book), fonts, main, sources, files, today })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or_else(|| FileError::NotFound(format!("{id:?}").into()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or_else(|| FileError::NotFound(format!("{id:?}").into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}
