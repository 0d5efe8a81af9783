"""What tests run on: a closed network, a database server and a browser of their own."""
