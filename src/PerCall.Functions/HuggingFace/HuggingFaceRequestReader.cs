using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Images;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.HuggingFace;

/// <summary>Reads the body of a call whose task is not yet known, and refuses members that no task has.</summary>
public sealed class HuggingFaceRequestReader(TaskScorers scorers, IOptions<ImageOptions> images)
{
    private const string Form = "{\"inputs\", \"parameters\", \"options\"}";

    private readonly int _maxJson = scorers.All.Max(s => s.MaxBytes);
    private readonly int _maxPicture = images.Value.MaxBytes;

    /// <exception cref="RefusedException">The body is too long, has an unsupported type, or an unknown member.</exception>
    public async Task<HuggingFaceBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (IsPicture(request.ContentType))
        {
            var picture = await RentedBody.ReadAsync(
                request, _maxPicture, () => ImageRequestReader.TooLong(_maxPicture), cancellation);
            return new(picture, inputs: null);
        }

        var body = await JsonBody.ReadAsync(request, _maxJson, cancellation);
        try
        {
            return new(body, JsonBody.Parse(body.Span, HuggingFaceJson.Strict.BodyMembers, Form).Inputs);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Clients that send a picture's bytes may send no content type.</summary>
    private static bool IsPicture(string? contentType) => string.IsNullOrEmpty(contentType)
        || (MediaTypeHeaderValue.TryParse(contentType, out var type)
            && (type.Type.Equals("image", StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase)));
}
