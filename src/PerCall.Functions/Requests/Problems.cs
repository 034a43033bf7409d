using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using PerCall.Client.Wire;
using PerCall.Inference;
using PerCall.LargeModels;

namespace PerCall.Functions.Requests;

/// <summary>Converts every exception to a response. No other place does.</summary>
public static class Problems
{
    public static Problem From(Exception exception) => exception switch
    {
        RefusedException e =>
            Of(e.Status, e.Code, e.Message, e.Param) with { Type = e.Type, ViolatedPolicies = e.ViolatedPolicies, Errors = e.Errors, Quote = e.Quote },
        InvalidInputException e => Of(StatusOf(e), e.Code, e.Message, e.Param),
        ModelNotFoundException e => Of(StatusCodes.Status404NotFound, e.Code, e.Message, "model"),
        ModelBusyException e => Of(StatusCodes.Status503ServiceUnavailable, e.Code, e.Message),
        UnavailableException e => Of(StatusCodes.Status503ServiceUnavailable, e.Code, e.Detail),
        LabelRefusedException e => Of(StatusCodes.Status422UnprocessableEntity, e.Code, e.Message, e.Param),
        ModelNotConfiguredException e => Of(StatusCodes.Status503ServiceUnavailable, e.Code, e.Message),
        ModelFailedException e => Of(StatusCodes.Status422UnprocessableEntity, e.Code, e.Message),
        ModelCorruptException e => Of(StatusCodes.Status503ServiceUnavailable, e.Code, e.Message),
        RegistryConflictException e => Of(StatusCodes.Status409Conflict, e.Code, e.Message),
        PackageRefusedException e =>
            Of(StatusCodes.Status422UnprocessableEntity, e.Code, e.Message) with
            {
                Errors = [.. e.Faults.Select(
                f => new ProblemFault(f.Where, f.Problem))]
            },
        LargeModelRefusedException e => Of(e.Status, e.Code, e.Message, e.Param),
        OutOfMemoryException =>
            Of(StatusCodes.Status503ServiceUnavailable, "out_of_memory", "This instance does not have enough memory for the call; try "
                + "again."),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } =>
            Of(StatusCodes.Status408RequestTimeout, "body_too_slow", "The body arrived too slowly, or stopped arriving."),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            Of(StatusCodes.Status413PayloadTooLarge, "body_too_large", "The body is too large."),
        BadHttpRequestException e => Of(e.StatusCode, "bad_request", e.Message),
        RequestFailedException or AggregateException { InnerException: RequestFailedException } =>
            Of(StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "Storage is unavailable; try again."),
        _ =>
            Of(StatusCodes.Status500InternalServerError, "internal_error", "Internal error. The service's log has the details under this "
                + "request's id."),
    };

    /// <summary>Returns the error for a call that the host has cancelled.</summary>
    public static RefusedException GivenUp(Exception inner) => new(
        StatusCodes.Status503ServiceUnavailable,
        "call_given_up",
        "The call was canceled, because it timed out or this instance is stopping; try again.",
        inner: inner)
    {
        Headers = RefusedException.RetryAfter(TimeSpan.FromSeconds(1)),
    };

    /// <summary>Returns the same problem with the fields that OpenAI's clients expect.</summary>
    public static Problem ForOpenAi(Problem problem) =>
        problem with { Error = new(problem.Detail, OpenAiTypeOf(problem.Status), problem.Param, problem.Code) };

    public static IReadOnlyDictionary<string, string> HeadersOf(Exception exception) => exception switch
    {
        RefusedException e => e.Headers,
        ModelBusyException e => RefusedException.RetryAfter(e.RetryAfter),
        UnavailableException e => RefusedException.RetryAfter(e.RetryAfter),
        LargeModelRefusedException { RetryAfter: { } after } => RefusedException.RetryAfter(after),
        OutOfMemoryException => RefusedException.RetryAfter(TimeSpan.FromSeconds(1)),
        ModelCorruptException or RequestFailedException or AggregateException { InnerException: RequestFailedException } =>
            RefusedException.RetryAfter(TimeSpan.FromSeconds(5)),
        _ => new Dictionary<string, string>(),
    };

    public static async Task WriteAsync(
        HttpContext http, Problem problem, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        Begin(http.Response, problem.Status, Problem.MediaType, headers);
        problem =
            problem with
            {
                Instance = $"urn:percall:request:{http.TraceIdentifier}",
                TraceId = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier
            };
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, WireJson.Readable.Problem, cancellation);
    }

    /// <summary>Writes an error in the form of the Open Inference Protocol, which has only a message.</summary>
    public static async Task WriteOpenInferenceAsync(
        HttpContext http, Problem problem, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        Begin(http.Response, problem.Status, "application/json", headers);
        var error = new InferenceError(problem.Detail ?? problem.Title ?? "");
        await JsonSerializer.SerializeAsync(http.Response.Body, error, WireJson.Readable.InferenceError, cancellation);
    }

    /// <summary>
    /// Writes an error in the form that Hugging Face's clients expect: a message, and for a service that is busy the seconds to wait.
    /// </summary>
    public static async Task WriteHuggingFaceAsync(
        HttpContext http, Problem problem, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        Begin(http.Response, problem.Status, "application/json", headers);
        double? wait = problem.Status == StatusCodes.Status503ServiceUnavailable && headers.TryGetValue("Retry-After", out var after)
            ? double.Parse(after, CultureInfo.InvariantCulture)
            : null;
        var error = new HuggingFaceError(problem.Detail ?? problem.Title ?? "", wait);
        await JsonSerializer.SerializeAsync(http.Response.Body, error, WireJson.Readable.HuggingFaceError, cancellation);
    }

    private static void Begin(HttpResponse response, int status, string contentType, IReadOnlyDictionary<string, string> headers)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        foreach (var (name, value) in headers)
        {
            response.Headers[name] = value;
        }
    }

    private static string OpenAiTypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status402PaymentRequired => "insufficient_quota",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= StatusCodes.Status500InternalServerError => "server_error",
        _ => "invalid_request_error",
    };

    private static int StatusOf(InvalidInputException exception) => exception.Code switch
    {
        "unsupported_image" => StatusCodes.Status415UnsupportedMediaType,
        "item_not_found" => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status400BadRequest,
    };

    private static Problem Of(int status, string code, string detail, string? param = null) =>
        new() { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Code = code, Detail = detail, Param = param };
}
