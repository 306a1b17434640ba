variable "tenant_id" {
  description = "The tenant to set up, a GUID."
  type        = string
}

variable "name" {
  description = "Name of the app registration."
  type        = string
  default     = "Defender Gate"
}

variable "repository" {
  description = "Repository of the workflow, owner/name."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Give owner/name."
  }
}

variable "repository_ids" {
  description = "Numeric ids of owner and repository for immutable subjects; null for subjects by name."
  type        = object({ owner = number, repository = number })
  default     = null
}

variable "subjects" {
  description = "Which jobs may sign in: the part of GitHub's subject after the repository, such as environment:production, ref:refs/heads/main or pull_request. A colon in a name is written %3A."
  type        = set(string)
  default     = ["environment:production"]
}

variable "issuer" {
  description = "Issuer of GitHub's ID tokens; another one for GitHub Enterprise."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}

variable "checks" {
  description = "What the gate checks; only the permissions for these are asked for."
  type        = set(string)
  default     = ["incidents"]

  validation {
    condition     = length(var.checks) > 0 && length(setsubtract(var.checks, ["incidents", "alerts", "hunting"])) == 0
    error_message = "Give at least one of incidents, alerts, hunting."
  }
}

variable "api" {
  description = "As the input api of the action."
  type        = string
  default     = "graph"

  validation {
    condition     = contains(["graph", "defender-xdr"], var.api)
    error_message = "Give graph or defender-xdr."
  }
}

variable "cloud" {
  description = "As the input cloud of the action."
  type        = string
  default     = "public"

  validation {
    condition     = contains(["public", "gcc", "gcc-high", "dod"], var.cloud)
    error_message = "Give public, gcc, gcc-high or dod."
  }
}

variable "multi_tenant" {
  description = "Let customers' tenants consent to the app (partner access)."
  type        = bool
  default     = false
}

variable "credential" {
  description = "How the workflow signs in: oidc (no secret to keep), certificate or secret."
  type        = string
  default     = "oidc"

  validation {
    condition     = contains(["oidc", "certificate", "secret"], var.credential)
    error_message = "Give oidc, certificate or secret."
  }
}

variable "certificate_file" {
  description = "For credential = certificate: PEM file with the certificate only. Never give it the private key: the file's text lies in Terraform's state."
  type        = string
  default     = null
}

variable "certificate_end_date" {
  description = "For credential = certificate: when the certificate ends, such as 2027-06-30T00:00:00Z."
  type        = string
  default     = null
}

variable "secret_end_date" {
  description = "For credential = secret: when the secret ends, such as 2027-06-30T00:00:00Z."
  type        = string
  default     = null
}
