# Only words about data and modules; nothing is declared here.
/* resource "aws_s3_bucket" "none" {} */
