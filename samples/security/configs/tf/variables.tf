variable "region" {
  type        = string
  default     = "eu-west-1"
  description = "Where the shop runs"
}

variable "stage" {
  type = string
  validation {
    condition     = contains(["test", "live"], var.stage)
    error_message = "The stage is test or live."
  }
}

variable "cidr_blocks" {
  type    = list(string)
  default = ["10.0.0.0/16"]
}
