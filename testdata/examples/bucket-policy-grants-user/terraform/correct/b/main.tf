provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["222222222222"]
}

resource "aws_s3_bucket" "alice" {
  bucket = "alice-exchange"
}

resource "aws_s3_bucket_policy" "alice" {
  bucket = aws_s3_bucket.alice.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111111111111:user/bob" }
      Action    = ["s3:GetObject", "s3:PutObject"]
      Resource  = "${aws_s3_bucket.alice.arn}/*"
    }]
  })
}
