using Azure;
using Azure.Storage.Blobs.Models;

namespace PerCall.Functions.Storage;

/// <summary>Classifies failed storage requests by what a caller can do about them.</summary>
public static class RequestFailures
{
    /// <summary>404: the blob or row does not exist, or its container, table or queue does not.</summary>
    public static bool IsNotFound(this RequestFailedException failure) => failure.Status == 404;

    /// <summary>The blob does not exist in a container that does. A missing container is an error of the setup.</summary>
    public static bool IsBlobNotFound(this RequestFailedException failure) => failure.ErrorCode == BlobErrorCode.BlobNotFound;

    /// <summary>403: the identity lacks a role.</summary>
    public static bool IsForbidden(this RequestFailedException failure) => failure.Status == 403;

    /// <summary>409: the resource to create exists already.</summary>
    public static bool AlreadyExists(this RequestFailedException failure) => failure.Status == 409;

    /// <summary>412: another writer has changed it since it was read.</summary>
    public static bool IsPreconditionFailed(this RequestFailedException failure) => failure.Status == 412;

    /// <summary>409 or 412: another writer was first, and has created or changed it.</summary>
    public static bool IsWriteConflict(this RequestFailedException failure) => failure.Status is 409 or 412;

    /// <summary>412 or 404: another writer has changed or deleted it since it was read.</summary>
    public static bool IsChangedOrGone(this RequestFailedException failure) => failure.Status is 412 or 404;

    /// <summary>409, 412 or 404: another writer was first, and has created, changed or deleted it.</summary>
    public static bool IsWriteConflictOrGone(this RequestFailedException failure) => failure.Status is 409 or 412 or 404;

    /// <summary>
    /// Same as <see cref="IsWriteConflictOrGone"/>, for a row of an existing table. It checks the error code, so a missing table stays an
    /// error.
    /// </summary>
    public static bool IsRowConflict(this RequestFailedException failure) =>
        failure.IsPreconditionFailed()
        || failure.ErrorCode is "EntityAlreadyExists" or "ResourceNotFound" or "EntityNotFound" or "UpdateConditionNotSatisfied";

    /// <summary>416: the range begins at or after the end of the blob.</summary>
    public static bool IsBehindTheEnd(this RequestFailedException failure) => failure.Status == 416;

    /// <summary>400, 401, 403 or 413: storage has rejected the request, and has not written anything.</summary>
    public static bool IsRejected(this RequestFailedException failure) => failure.Status is 400 or 401 or 403 or 413;
}
