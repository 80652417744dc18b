resource "aws_s3_bucket" "legacy" {
  bucket = "shop-legacy"
  acl    = "public-read-write"
}
