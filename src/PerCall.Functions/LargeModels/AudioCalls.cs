using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.LargeModels;
using PerCall.LargeModels.Dialect;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.LargeModels;

/// <summary>Reads the form of a transcription, and answers it.</summary>
public sealed class AudioCalls(
    RouteTable routes, LargeModelCalls calls, BodyRedaction redaction, IOptions<LargeModelOptions> options)
{
    private const int Overhead = 64 << 10;
    private const int MaxFields = 32;
    private const int MaxFieldLength = 16 << 10;

    /// <inheritdoc cref="LargeModelCalls.AnswerAsync(HttpContext, LargeModelEndpoint, CancellationToken)"/>
    public async Task<IResult> AnswerAsync(HttpContext http, CancellationToken cancellation)
    {
        routes.RequireAny();
        var form = await ReadAsync(http.Request, cancellation);
        var route = routes.Find(
            form["model"].ToString() is { Length: > 0 } model
                ? model
                : throw RefusedException.BadRequest(
                    "missing_model", "The form has no 'model'; GET /v1/models lists the models.", "model"));
        if (form.Files.Count != 1 || form.Files[0].Name != "file")
        {
            throw RefusedException.BadRequest(
                "one_file_expected", $"The form has {form.Files.Count} files; expected one, as the field 'file'.", "file");
        }

        var file = form.Files[0];
        await using var stream = file.OpenReadStream();
        using var audio = await RentedBody.ReadAsync(
            stream, file.Length, options.Value.MaxAudioBytes, TooLong, BodyMemory.Of(http), cancellation);
        var (sent, redacted) = redaction.Apply(
            http,
            new AudioForm(
                [.. form.Where(f => f.Key != "model").SelectMany(f => f.Value, (f, v) => KeyValuePair.Create(f.Key, v ?? ""))],
                audio.Memory, file.FileName));
        var facts = AudioChecks.Check(
            sent, route, new(Caller.Of(http)?.Terms.MaxOutputTokens, options.Value.MaxImageBytes));
        var request = new ProviderRequest
        {
            Route = route,
            Endpoint = LargeModelEndpoint.Transcriptions,
            Form = sent,
            Stream = facts.Stream,
        };
        return await calls.AnswerAsync(http, request, facts, redacted, cancellation);
    }

    private async Task<IFormCollection> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(
                StatusCodes.Status415UnsupportedMediaType, "unsupported_content_type",
                $"The content type '{Page.Short(request.ContentType ?? "")}' is not supported; send a form: multipart/form-data.");
        }

        return await FormBody.ReadAsync(
            request,
            new()
            {
                MultipartBodyLengthLimit = options.Value.MaxAudioBytes + Overhead,
                ValueCountLimit = MaxFields,
                ValueLengthLimit = MaxFieldLength,
            },
            TooLong,
            cancellation);
    }

    private RefusedException TooLong() => new(
        StatusCodes.Status413PayloadTooLarge, "body_too_large",
        $"The audio file is too large; allowed: at most {options.Value.MaxAudioBytes:N0} bytes.", "file");
}
