//! The texts of an earlier run, which a later one is compared with.

use std::sync::OnceLock;

use super::{Belongs, SourceId, SourceText, Sources};

/// The files of an earlier run, and their texts as far as they were kept.
#[derive(Debug, Default)]
pub struct Before {
    files: Vec<(String, Belongs)>,
    links: Vec<(String, SourceId)>,
    directories: Vec<(String, String)>,
    shown: (String, String),
    texts: Vec<Option<SourceText>>,
    /// Whether each text is the same in the run that goes on, once somebody asked.
    same: Vec<OnceLock<bool>>,
}

impl Before {
    /// Begins another run; whether it is one of the same files. An ID stands for a place among the paths, so in other files it means
    /// another one.
    pub fn begin(&mut self, sources: &Sources) -> bool {
        self.same = sources.files.iter().map(|_| OnceLock::new()).collect();
        let files = sources.files.iter().map(|file| (file.path.as_str(), file.belongs));
        files.eq(self.files.iter().map(|(path, belongs)| (path.as_str(), *belongs)))
            && self.links == sources.links
            && self.directories == sources.directories
            && (&self.shown.0, &self.shown.1) == (&sources.prefix, &sources.here)
    }

    /// Whether a text is what it was. One that was not kept may be another.
    pub fn is_same(&self, sources: &Sources, id: SourceId) -> bool {
        let compared = || {
            let before = self.texts.get(id.index()).and_then(Option::as_ref);
            before.is_some_and(|before| sources.text(id).is_ok_and(|now| **before == *now))
        };
        self.same.get(id.index()).is_some_and(|same| *same.get_or_init(compared))
    }

    /// Ends a run: what comes next is compared with it.
    pub fn end(&mut self, sources: &Sources) {
        self.files = sources.files.iter().map(|file| (file.path.clone(), file.belongs)).collect();
        self.links.clone_from(&sources.links);
        self.directories.clone_from(&sources.directories);
        self.shown.0.clone_from(&sources.prefix);
        self.shown.1.clone_from(&sources.here);
        let kept = |file: &super::Source| file.text.get().and_then(|text| text.as_ref().ok()).cloned();
        self.texts = sources.files.iter().map(kept).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Sources {
        Sources::in_memory(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    #[test]
    fn only_a_text_that_was_kept_is_the_same() {
        let mut before = Before::default();
        let first = of(&[("a", "1"), ("b", "2"), ("c", "3")]);
        assert!(!before.begin(&first));
        let ids = ["a", "b", "c"].map(|path| first.find(path).unwrap());
        let [a, b, c] = ids;
        // The last of them is looked at, but not kept.
        assert!(first.text(a).is_ok() && first.text(b).is_ok() && first.look(c).is_ok());
        before.end(&first);
        let second = of(&[("a", "1"), ("b", "other"), ("c", "3")]);
        assert!(before.begin(&second));
        assert_eq!(ids.map(|id| before.is_same(&second, id)), [true, false, false]);
    }

    #[test]
    fn a_run_of_other_files_is_another_one() {
        let mut before = Before::default();
        let first = of(&[("a", "1"), ("b", "2")]);
        before.begin(&first);
        before.end(&first);
        assert!(before.begin(&of(&[("a", "1"), ("b", "other")])));
        assert!(!before.begin(&of(&[("a", "1"), ("aa", ""), ("b", "2")])));
        assert!(!before.begin(&of(&[("a", "1"), ("b", "2")]).linked([("c".to_owned(), "a".to_owned())])));
        let mut apart = of(&[("a", "1"), ("b", "2")]);
        apart.exclude(|path| path == "b");
        assert!(!before.begin(&apart));
    }
}
