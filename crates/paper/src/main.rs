//! `ocop-paper`: reads one request as JSON from standard input and writes the PDF to standard output.
//! `ocop-paper page`: reads a PDF and writes how many pages it has, a line, then the first of them as PNG.

use std::io::{Read, Write};
use std::process::ExitCode;

fn read() -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn set() -> Result<Vec<u8>, String> {
    let request = serde_json::from_slice(&read()?).map_err(|error| error.to_string())?;
    ocop_paper::print(&request)
}

fn draw() -> Result<Vec<u8>, String> {
    ocop_paper::page::bound()?;
    let (pages, picture) = ocop_paper::page::first(read()?)?;
    Ok([format!("{pages}\n").into_bytes(), picture].concat())
}

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        None => set(),
        Some("page") => draw(),
        Some(other) => Err(format!("{other}: not known; `ocop-paper page` draws the first page of a PDF")),
    };
    let written = done.and_then(|bytes| std::io::stdout().write_all(&bytes).map_err(|error| error.to_string()));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
