//! Lists written out to be kept, on a screen or from the command line: one loop for all of them. A slice says its columns, how a
//! page is read and what a row says. No more than a page of rows is held, and of a workbook what it says so far, for that format
//! cannot be written piece by piece.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;

use crate::db::Tx;
use crate::error::Result;
use crate::file::Pieces;
use crate::sheet::{Column, Format, Value, Writer, csv_piece};
use crate::state::App;

/// Which kind of file a list becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileKind {
    /// CSV in UTF-8
    Csv,
    /// Excel workbook
    Xlsx,
    /// GeoJSON FeatureCollection, without contact persons and telephone numbers
    Geojson,
}

impl FileKind {
    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            FileKind::Csv => Format::Csv.media_type(),
            FileKind::Xlsx => Format::Xlsx.media_type(),
            FileKind::Geojson => "application/geo+json",
        }
    }

    /// The ending of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            FileKind::Csv => Format::Csv.extension(),
            FileKind::Xlsx => Format::Xlsx.extension(),
            FileKind::Geojson => "geojson",
        }
    }
}

impl From<Format> for FileKind {
    fn from(format: Format) -> FileKind {
        match format {
            Format::Csv => FileKind::Csv,
            Format::Xlsx => FileKind::Xlsx,
        }
    }
}

/// A list that can be written out.
pub trait List: Send + 'static {
    /// A row as it is read.
    type Row: Send;
    /// After which row a page begins; its default stands before all of them.
    type Key: Default + Send;

    /// Name of the sheet in a workbook.
    const TITLE: &'static str;

    /// The columns; files for programs may name them by keys, those for people by words.
    fn columns(&self, format: Format) -> Vec<Column>;

    /// The rows after a key, and the key to read on after, if there are more.
    fn page(&mut self, tx: &mut Tx, after: Self::Key) -> impl Future<Output = Result<(Vec<Self::Row>, Option<Self::Key>)>> + Send;

    /// What a row says, a cell for each column.
    fn cells(&mut self, row: &Self::Row, format: Format) -> Vec<Value>;

    /// A row as a feature of a map, for lists of places.
    fn feature(&mut self, _row: &Self::Row) -> serde_json::Value {
        serde_json::Value::Null
    }
}

/// A list on its way into a file, and up to where it is written.
pub struct Export<L: List> {
    list: L,
    kind: FileKind,
    is_begun: bool,
    next: Option<L::Key>,
    rows: usize,
}

impl<L: List> Export<L> {
    /// Begins a file of this kind.
    pub fn new(list: L, kind: impl Into<FileKind>) -> Export<L> {
        Export { list, kind: kind.into(), is_begun: false, next: Some(L::Key::default()), rows: 0 }
    }

    /// How many rows were written.
    pub fn rows(&self) -> usize {
        self.rows
    }

    async fn page(&mut self, tx: &mut Tx) -> Result<Vec<L::Row>> {
        let Some(after) = self.next.take() else { return Ok(Vec::new()) };
        let (rows, next) = self.list.page(tx, after).await?;
        self.next = next;
        self.rows += rows.len();
        Ok(rows)
    }

    /// The next piece of the file, a page of rows or a whole workbook; none when all is written.
    pub async fn piece(&mut self, tx: &mut Tx) -> Result<Option<Vec<u8>>> {
        if self.is_begun && self.next.is_none() {
            return Ok(None);
        }
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let piece = match self.kind {
            FileKind::Csv => {
                let rows = self.page(tx).await?;
                let list = &mut self.list;
                csv_piece(list.columns(Format::Csv), rows.iter().map(|row| list.cells(row, Format::Csv)), is_first)?
            }
            FileKind::Geojson => {
                let rows = self.page(tx).await?;
                self.features(&rows, is_first)
            }
            FileKind::Xlsx => {
                let mut writer = Writer::new(Format::Xlsx, L::TITLE, self.list.columns(Format::Xlsx))?;
                while self.next.is_some() {
                    for row in self.page(tx).await? {
                        writer.row(&self.list.cells(&row, Format::Xlsx))?;
                    }
                }
                writer.finish()?
            }
        };
        Ok(Some(piece))
    }

    fn features(&mut self, rows: &[L::Row], is_first: bool) -> Vec<u8> {
        let mut text = String::new();
        if is_first {
            text.push_str("{\"type\":\"FeatureCollection\",\"features\":[");
        }
        let written = self.rows - rows.len();
        for (at, row) in rows.iter().enumerate() {
            text.push_str(if written + at == 0 { "\n" } else { ",\n" });
            text.push_str(&self.list.feature(row).to_string());
        }
        if self.next.is_none() {
            text.push_str("\n]}\n");
        }
        text.into_bytes()
    }

    /// All pieces, each handed on as it is written, with how many rows there were so far.
    pub async fn write(&mut self, tx: &mut Tx, mut to: impl FnMut(&[u8], usize) -> Result<()>) -> Result<()> {
        while let Some(piece) = self.piece(tx).await? {
            to(&piece, self.rows)?;
        }
        Ok(())
    }

    /// The whole file in memory, for small ones and tests.
    pub async fn whole(mut self, tx: &mut Tx) -> Result<Vec<u8>> {
        let mut file = Vec::new();
        self.write(tx, |piece, _| {
            file.extend_from_slice(piece);
            Ok(())
        })
        .await?;
        Ok(file)
    }

    /// The answer of a screen: the file under this name, to which its ending is added.
    pub async fn download(self, app: &App, name: &str) -> Result<Response> {
        let kind = self.kind;
        let body = match kind {
            FileKind::Xlsx => Body::from(self.whole(&mut app.db().read().await?).await?),
            FileKind::Csv | FileKind::Geojson => self.stream(app.clone()),
        };
        Ok(attachment(&format!("{name}.{}", kind.extension()), kind.media_type(), body))
    }

    /// A body that is written until the file is whole or nobody reads; each piece has a transaction of its own, so that a slow
    /// reader holds none.
    fn stream(mut self, app: App) -> Body {
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            loop {
                let piece = match self.piece_of(&app).await {
                    Ok(None) => return,
                    Ok(Some(piece)) => Ok(Bytes::from(piece)),
                    Err(error) => {
                        tracing::error!(%error, "export");
                        Err(std::io::Error::other("export"))
                    }
                };
                let is_last = piece.is_err();
                if sender.send(piece).await.is_err() || is_last {
                    return;
                }
            }
        });
        Body::from_stream(Pieces(receiver))
    }

    async fn piece_of(&mut self, app: &App) -> Result<Option<Vec<u8>>> {
        self.piece(&mut app.db().read().await?).await
    }
}

/// A file to be saved under a name.
pub fn attachment(name: &str, media_type: &'static str, body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, media_type.to_owned()), (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))], body.into())
        .into_response()
}
