//! Tags of answers, by which whoever holds a copy learns that it is still right.

use axum::http::{HeaderMap, header};

/// The tag of a text. It is weak: the same text may travel packed or not.
pub fn weak(body: &str) -> String {
    format!("W/\"{}\"", &crate::clock::digest(body.as_bytes())[..32])
}

/// Whether the caller says which copies it holds.
pub fn is_asked(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_NONE_MATCH)
}

/// Whether the caller holds what has this tag (`If-None-Match`, weak comparison).
pub fn is_held(headers: &HeaderMap, tag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| names(tags, tag))
}

/// Whether a list of tags names this one, weak or strong, or any at all.
pub fn names(tags: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.split(',').any(|one| one.trim() == "*" || bare(one) == bare(tag))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(tags: &[&str]) -> HeaderMap {
        tags.iter().map(|tags| (header::IF_NONE_MATCH, HeaderValue::from_str(tags).unwrap())).collect()
    }

    #[test]
    fn who_holds_a_copy_is_known_by_its_tag_weak_or_strong() {
        let tag = weak("điểm");
        let strong = tag.trim_start_matches("W/").to_owned();
        assert!(tag.starts_with("W/\"") && tag != weak("diem"));
        for held in [&tag, &strong, &format!("\"x\", {tag}"), "*"] {
            assert!(is_held(&asked(&[held]), &tag), "{held}");
        }
        assert!(is_held(&asked(&["\"x\"", &tag]), &tag), "a header that came twice");
        assert!(!is_held(&asked(&["\"x\""]), &tag) && !is_held(&HeaderMap::new(), &tag) && !is_held(&asked(&[""]), &tag));
        assert!(is_asked(&asked(&["\"x\""])) && !is_asked(&HeaderMap::new()));
    }
}
