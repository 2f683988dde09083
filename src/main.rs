//! The command line: `ocop init · serve · user · import · export · verify · backup · restore · config`.

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    ocop::cli::run()
}
