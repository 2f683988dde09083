//! What a request says of its device, in words for people. Pure but for the headers it reads.

use axum::http::{HeaderMap, header};

use crate::access::Seen;
use crate::state::Caller;

/// Where a sign-in comes from.
pub fn seen(headers: &HeaderMap, caller: &Caller) -> Seen {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Seen { device: device(agent), address: caller.0.chars().take(64).collect() }
}

/// "Chrome trên Windows", from the header that browsers send.
fn device(agent: &str) -> String {
    const BROWSERS: &[(&str, &str)] = &[
        ("coc_coc", "Cốc Cốc"),
        ("Zalo", "Zalo"),
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} trên {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Thiết bị không rõ".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_is_named_as_people_name_it() {
        assert_eq!(
            device("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0"),
            "Edge trên Windows"
        );
        assert_eq!(
            device("Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.1 Mobile Safari/604.1"),
            "Safari trên iPhone"
        );
        assert_eq!(device("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/119.0 Mobile Safari/537.36"), "Chrome trên Android");
        assert_eq!(device("<script>"), "Thiết bị không rõ");
    }
}
