"""What kind of file it is: by signature, by the directory of a package, by how text looks."""
