//! Members of a long plan that are read beside what stands before them.
//!
//! Where a member begins is guessed by its name. What was made of it is taken only when the reader that goes through the plan from its
//! beginning comes to that place, and it goes on where the member ends: a wrong guess costs time, and changes nothing.

use memchr::memmem::Finder;

use super::model::{Configuration, Resource};
use super::stream::{Words, changes, configuration};
use crate::bounds;
use crate::parallel;
use crate::parse::json::Stream;
use crate::source::{Opened, SourceId};

/// What was read ahead: nothing where that is not worth it.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) planned: Option<Member<()>>,
    pub(super) changes: Option<Member<Vec<Resource>>>,
    pub(super) configuration: Option<Member<Configuration>>,
}

/// The value of a member, and where it begins and ends.
pub(super) struct Member<T> {
    begin: usize,
    end: usize,
    made: T,
}

impl Ahead {
    /// The long members of a plan, in the order in which Terraform writes them.
    pub(super) fn of(source: SourceId, text: &Opened<'_>, room: usize) -> Self {
        let at = |place: usize| Stream::at(source, text, room, place);
        let words = Words::default;
        let Some(planned) = find(text, "\"planned_values\":", 0, bounds::STREAM_BYTES) else {
            return Self::default();
        };
        let (planned, (changes, configuration)) = parallel::both(
            || Member::read(at(planned), |stream| stream.skip().map(|_| ())),
            || {
                let Some(begin) = find(text, "\"resource_changes\":", planned, text.len()) else {
                    return (None, None);
                };
                parallel::both(
                    || Member::read(at(begin), |stream| changes(stream, &mut words())),
                    || {
                        let begin = find(text, "\"configuration\":", begin, text.len())?;
                        Member::read(at(begin), |stream| configuration(stream, &mut words()))
                    },
                )
            },
        );
        Self { planned, changes, configuration }
    }
}

impl<T> Member<T> {
    fn read(mut stream: Stream<'_, '_>, make: impl FnOnce(&mut Stream<'_, '_>) -> Option<T>) -> Option<Self> {
        let begin = stream.place_of_next();
        let made = make(&mut stream)?;
        Some(Self { begin, end: stream.place_of_next(), made })
    }
}

/// What was made of a value that is read next, if it was read ahead; else it is read now.
pub(super) fn taken<T>(
    ahead: &mut Option<Member<T>>,
    stream: &mut Stream<'_, '_>,
    read: impl FnOnce(&mut Stream<'_, '_>) -> Option<T>,
) -> Option<T> {
    let begin = stream.place_of_next();
    match ahead.take().filter(|member| member.begin == begin) {
        Some(member) => {
            stream.go_to(member.end);
            Some(member.made)
        }
        None => read(stream),
    }
}

/// What follows the first place with these words, looked for between two places.
fn find(text: &Opened<'_>, words: &str, from: usize, to: usize) -> Option<usize> {
    let finder = Finder::new(words);
    let mut window = vec![0; bounds::STREAM_BYTES];
    let mut at = from;
    while at < to {
        let read = text.read(at, &mut window).ok()?;
        if let Some(found) = finder.find(window.get(..read)?) {
            return Some(at + found + words.len());
        }
        // They may lie across the end of the window.
        at += (read + 1).checked_sub(words.len()).filter(|moved| *moved > 0)?;
    }
    None
}
