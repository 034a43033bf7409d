using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace PerCall.Functions.Requests;

/// <summary>Reads a request's body as a form, with bounds on its size.</summary>
public static class FormBody
{
    /// <param name="request">The request, whose content type is multipart/form-data.</param>
    /// <param name="bounds">The maximum length of the body, and of its fields.</param>
    /// <param name="tooLong">Creates the error for a body that announces a greater length.</param>
    /// <param name="cancellation">Cancels the read.</param>
    /// <exception cref="RefusedException">The body is too long, or cannot be read as a form.</exception>
    public static async Task<IFormCollection> ReadAsync(
        HttpRequest request, FormOptions bounds, Func<RefusedException> tooLong, CancellationToken cancellation)
    {
        if (request.ContentLength > bounds.MultipartBodyLengthLimit)
        {
            throw tooLong();
        }

        try
        {
            return await request.ReadFormAsync(bounds, cancellation);
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw RefusedException.BadRequest("malformed_multipart", $"The multipart body cannot be read: {e.Message}", inner: e);
        }
    }
}
