"""Lever's refusals: `{"code", "message"}` and a status. Observed codes are used where there are any."""


class LeverError(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str) -> LeverError:
    # No recorded 400 is known; the code is a guess, the missing field pointer is not.
    return LeverError(400, "BadRequestError", message)


def unauthorized() -> LeverError:
    return LeverError(401, "UnauthorizedError", "The request requires authentication.")


def forbidden(message: str) -> LeverError:
    return LeverError(403, "ForbiddenError", message)


def not_found(message: str) -> LeverError:
    return LeverError(404, "ResourceNotFound", message)


def too_many_requests() -> LeverError:
    return LeverError(429, "TooManyRequests", "Too many requests. Please try again later.")
