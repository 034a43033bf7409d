using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;
using PerCall.Functions.Transfers;

namespace PerCall.Functions.Batches.Files;

/// <summary>Receives a file in a multipart form and streams it to storage without buffering all of it in memory.</summary>
public sealed class FileUploads(FileStore store, StoredBytes stored)
{
    private const int MaxFieldBytes = 4096;
    private const int BufferBytes = 16 << 10;

    /// <returns>The file's id.</returns>
    /// <exception cref="RefusedException">The body is not a form with <c>purpose=batch</c> and one file.</exception>
    public async Task<string> TakeAsync(HttpRequest request, string account, CancellationToken cancellation)
    {
        var reader = new MultipartReader(BoundaryOf(request), request.Body) { HeadersLengthLimit = 16 << 10 };
        var room = await stored.RequireRoomAsync(account, request.ContentLength ?? 0, cancellation);
        string? purpose = null;
        (string Id, BlockUpload Upload)? file = null;
        try
        {
            while (await NextAsync(reader, cancellation) is { } section)
            {
                var field = ContentDispositionHeaderValue.TryParse(
                    section.ContentDisposition, out var disposition) ? HeaderUtilities.RemoveQuotes(disposition.Name).ToString() : "";
                if (field == "file" && (disposition!.FileName.HasValue || disposition.FileNameStar.HasValue))
                {
                    file = file is null ? await TakeAsync(
                        section, disposition, account, room, BodyMemory.Of(request.HttpContext), cancellation) : throw OneFile();
                }
                else if (field == "purpose")
                {
                    purpose = await FieldAsync(section, cancellation);
                }
                else if (!IsOpenAis(field))
                {
                    var name = Page.Short(field);
                    throw RefusedException.BadRequest(
                        "unknown_member", $"Unknown field '{name}'; allowed: purpose, file.", name);
                }
            }

            if (file is not { } taken)
            {
                throw OneFile();
            }

            if (purpose != FileStore.Purpose)
            {
                throw RefusedException.BadRequest(
                    "invalid_purpose",
                    $"'purpose' is {(purpose is null ? "missing" : $"'{Page.Short(purpose)}'")}; allowed: {FileStore.Purpose}.",
                    "purpose");
            }

            // Commit the blob last, so that an interrupted or refused form leaves nothing behind.
            await taken.Upload.CompleteAsync(cancellation);
            return taken.Id;
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RefusedException(
                StatusCodes.Status413PayloadTooLarge,
                "body_too_large",
                "The body is too large; allowed: at most 100 MB. For files over a few MB, use POST /v1/uploads: it returns an address "
                    + "for direct uploads to storage, at any size.",
                "file",
                e);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw RefusedException.BadRequest("malformed_multipart", $"The multipart body cannot be read: {e.Message}", inner: e);
        }
        finally
        {
            file?.Upload.Dispose();
        }
    }

    /// <summary>
    /// Returns whether OpenAI clients send this field. It is accepted but ignored, because the service decides when a file expires.
    /// </summary>
    private static bool IsOpenAis(string field) => field is "expires_after[anchor]" or "expires_after[seconds]";

    private static string BoundaryOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(
            request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType,
                "unsupported_content_type",
                $"The content type '{Page.Short(request.ContentType ?? "")}' is not supported; "
                    + "send multipart/form-data with 'purpose' and 'file': curl -F purpose=batch -F file=@rows.jsonl.");
        }

        return HeaderUtilities.RemoveQuotes(type.Boundary).ToString() is { Length: > 0 } boundary
            ? boundary
            : throw RefusedException.BadRequest("malformed_multipart", "The content type has no boundary.");
    }

    private static async Task<MultipartSection?> NextAsync(MultipartReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadNextSectionAsync(cancellation);
        }
        catch (InvalidDataException e)
        {
            throw RefusedException.BadRequest("malformed_multipart", $"The multipart body cannot be read: {e.Message}", inner: e);
        }
    }

    private static async Task<string> FieldAsync(MultipartSection section, CancellationToken cancellation)
    {
        var bytes = new byte[MaxFieldBytes];
        var length = await section.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static RefusedException OneFile() => RefusedException.BadRequest(
        "one_file_expected", "The form must contain exactly one file, in the field 'file'.", "file");

    private async Task<(string Id, BlockUpload Upload)> TakeAsync(
        MultipartSection section, ContentDispositionHeaderValue disposition, string account, long room, BodyMemory? memory,
        CancellationToken cancellation)
    {
        var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName;
        var (id, blob) = store.Place(account, HeaderUtilities.RemoveQuotes(name).ToString());
        var upload = new BlockUpload(blob, memory);
        try
        {
            var buffer = new byte[BufferBytes];
            int read;
            while ((read = await section.Body.ReadAsync(buffer, cancellation)) > 0)
            {
                await upload.AddAsync(buffer.AsMemory(0, read), cancellation);
                if (upload.Length > room)
                {
                    throw stored.Exceeded();
                }
            }

            return (id, upload);
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }
}
