//! Object keys: how many there are, and how a repeated one is renamed.

use crate::bounds;

/// Whether some pair of braces may hold more keys than can be read in reasonable time. Counts `=` and `:`
/// outside strings, so it may be wrong about heredocs, but not about what would hang.
pub(super) fn too_many(text: &str) -> bool {
    if text.bytes().filter(|byte| matches!(byte, b'=' | b':')).nth(bounds::HCL_KEYS).is_none() {
        return false;
    }
    let mut counts = vec![0usize];
    let mut quoted = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted => {
                bytes.next();
            }
            b'"' => quoted = !quoted,
            b'\n' => quoted = false,
            _ if quoted => {}
            b'{' => counts.push(0),
            b'}' if counts.len() > 1 => {
                counts.pop();
            }
            b'=' | b':' => {
                let inside = counts.len() > 1;
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                    if inside && *count > bounds::HCL_KEYS {
                        return true;
                    }
                }
            }
            _ => {}
        }
    }
    false
}

/// Overwrites the key at `at` of `copy` with a name of the same length that is not likely to be taken, and
/// gives where the key ends. `None` when no key is found there.
pub(super) fn rename(original: &str, copy: &mut String, at: usize, attempt: usize) -> Option<usize> {
    let end = at + key_length(original.get(at..)?)?;
    copy.replace_range(at..end, &name(end - at, attempt));
    Some(end)
}

/// A name of `length` bytes: `z…`, ending in a number written in letters.
pub(super) fn name(length: usize, number: usize) -> String {
    let mut name = vec![b'z'; length];
    let mut rest = number;
    for byte in name.iter_mut().rev() {
        let letters = b"abcdefghijklmnopqrstuvwxyABCDEFGHIJKLMNOPQRSTUVWXYZ_";
        *byte = letters.get(rest % letters.len()).copied().unwrap_or(b'z');
        rest /= letters.len();
        if rest == 0 {
            break;
        }
    }
    String::from_utf8(name).unwrap_or_default()
}

/// The length of a key: up to the `=` or `:` that ends it, without blanks.
fn key_length(rest: &str) -> Option<usize> {
    // What is open: `"` for a string, `{` for an interpolation, other brackets as they are.
    let mut open: Vec<u8> = Vec::new();
    let mut bytes = rest.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let in_string = open.last() == Some(&b'"');
        match byte {
            b'\\' if in_string => {
                bytes.next();
            }
            b'"' if in_string => {
                open.pop();
            }
            b'$' | b'%' if in_string && bytes.peek().is_some_and(|(_, next)| *next == b'{') => {
                bytes.next();
                open.push(b'{');
            }
            b'\n' => return None,
            _ if in_string => {}
            b'"' | b'(' | b'[' | b'{' => open.push(byte),
            b')' | b']' | b'}' => {
                open.pop()?;
            }
            b'=' | b':' if open.is_empty() => {
                let length = rest.get(..at)?.trim_end().len();
                return (length > 0).then_some(length);
            }
            _ => {}
        }
    }
    None
}
