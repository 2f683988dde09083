//! The command line: `ocop init · serve · user · import · export · verify · backup · restore · config`.

fn main() -> std::process::ExitCode {
    ocop::cli::run()
}
