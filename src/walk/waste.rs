//! What nobody needs any more.

/// Frees it: beside what is done next, where there are threads for both.
pub(super) fn free(unneeded: impl Send + 'static) {
    if rayon::current_num_threads() > 1 {
        rayon::spawn(move || drop(unneeded));
    }
}
