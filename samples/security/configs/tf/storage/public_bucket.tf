resource "aws_s3_bucket" "public" {
  bucket = "shop-public-${var.stage}"
}

resource "aws_s3_bucket_acl" "public" {
  bucket = aws_s3_bucket.public.id
  acl    = "public-read"
}
