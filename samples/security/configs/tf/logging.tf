resource "aws_cloudtrail" "shop" {
  name                          = "shop"
  s3_bucket_name                = aws_s3_bucket.private.id
  enable_log_file_validation    = false
  include_global_service_events = true # Also of the whole account.
  is_multi_region_trail         = false
}
