//! The `trustlint` binary.

use std::process::ExitCode;

/// Values are small and many; this allocator hands them out faster than that of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    trustlint::main()
}
