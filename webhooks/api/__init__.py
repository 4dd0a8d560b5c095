"""The API of Appcast Apply: addresses, proof, replies, and the document that tells all of it."""
