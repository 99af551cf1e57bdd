//! Paths below the project root.

/// The directory of a file; empty for the root.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// A path as seen from a directory, without `.` and `..`; `None` when it leads out of the project or is
/// absolute.
pub fn joined(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn no_path_leads_out_of_the_project() {
        assert_eq!(joined("a/b", "../c/./d").as_deref(), Some("a/c/d"));
        assert_eq!(joined("", "x").as_deref(), Some("x"));
        assert_eq!(joined("a", ".."), Some(String::new()));
        assert_eq!(joined("a", "../.."), None);
        assert_eq!(joined("a", "/etc/passwd"), None);
    }
}
