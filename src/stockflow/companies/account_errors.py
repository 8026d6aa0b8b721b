"""What can be refused to people who sign in, or change their own account."""

from stockflow.foundation.errors import Conflict, NotFound, Unauthenticated


class IncorrectCredentials(Unauthenticated):
    """The address or the password is not right."""

    code = "incorrect-credentials"
    title = "Address or password not right"


class IncorrectPassword(Unauthenticated):
    """That is not your password."""

    code = "incorrect-password"
    title = "Not your password"


class IncorrectCode(Unauthenticated):
    """The code is not right, or was used before; wait for the next one your device shows."""

    code = "incorrect-code"
    title = "Code not right"


class SecondFactorOn(Conflict):
    """A second factor is set up already; switch it off first."""

    code = "second-factor-on"
    title = "The second factor is on"


class SecondFactorOff(Conflict):
    """There is no second factor to confirm or to switch off; begin anew."""

    code = "second-factor-off"
    title = "The second factor is off"


class SecondFactorUnreadable(Conflict):
    """The server has lost the key to your device's secret: give a recovery code, or ask who runs the server."""

    code = "second-factor-unreadable"
    title = "No code of a device can be checked"


class NoSecretKey(Conflict):
    """There is no key to seal with; set STOCKFLOW_SECRET_KEY."""

    code = "no-secret-key"
    title = "There is no key"


class SignInFirst(Conflict):
    """There is an account with this address already; sign in to it, and then go on."""

    code = "sign-in-first"
    title = "Sign in first"


class AddressNotConfirmed(Conflict):
    """Somebody made an account with this address, but has not shown it is theirs; invite it instead."""

    code = "address-not-confirmed"
    title = "Address not confirmed"


class UserNotFound(NotFound):
    """Nobody has an account with this address."""

    code = "user-not-found"
    title = "User not found"


class SessionNotFound(NotFound):
    """You have no such session, or it has ended."""

    code = "session-not-found"
    title = "Session not found"


class ResetNotFound(NotFound):
    """This link does not work: it was used, has expired or was never sent. Ask for another one."""

    code = "reset-not-found"
    title = "The link does not work"


class InvitationNotFound(NotFound):
    """There is no such invitation: it was used, has expired or was revoked."""

    code = "invitation-not-found"
    title = "Invitation not found"


class InvitedElse(Conflict):
    """This invitation is for another address than the one you are signed in with."""

    code = "invited-another-address"
    title = "The invitation is for another address"


class TooManyInvitations(Conflict):
    """The company has sent as many invitations within a day as it may; go on tomorrow."""

    code = "too-many-invitations"
    title = "Too many invitations"


class AlreadyInvited(Conflict):
    """Somebody invited this address at the same moment."""

    code = "already-invited"
    title = "Already invited"
    constraint = "invitations_open_key"
