using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Http;

/// <summary>Answers requests with a function. The function's result is written after the middleware has returned.</summary>
internal sealed partial class HttpFunctionHandler(FunctionInvoker invoker, ILogger<HttpFunctionHandler> logger)
{
    // GetHttpContext() of the worker's ASP.NET Core integration reads it.
    private const string HttpContextItem = "HttpRequestContext";

    public async Task HandleAsync(FunctionDescriptor function, HttpContext http)
    {
        var disconnected = http.RequestAborted;
        var context = new InvocationContext(
            function,
            http.RequestServices,
            http.Request.RouteValues.ToDictionary(StringComparer.OrdinalIgnoreCase),
            token =>
            {
                http.RequestAborted = token;
                return ValueTask.FromResult<object?>(http.Request);
            });
        context.Items[HttpContextItem] = http;
        try
        {
            await invoker.InvokeAsync(context, c => WriteAsync(c.Result, http), disconnected);
        }
        catch (Exception) when (disconnected.IsCancellationRequested)
        {
            LogDisconnected(function.Name, context.InvocationId);
        }
        catch (BadHttpRequestException e)
        {
            LogBadRequest(function.Name, context.InvocationId, e.Message);
            Answer(http, e.StatusCode);
        }
        catch (InvalidBindingException e)
        {
            LogBadRequest(function.Name, context.InvocationId, e.Message);
            Answer(http, StatusCodes.Status400BadRequest);
        }
        catch (Exception e)
        {
            LogFailure(e, function.Name, context.InvocationId);
            Answer(http, StatusCodes.Status500InternalServerError);
        }
        finally
        {
            http.RequestAborted = disconnected;
        }
    }

    private static Task WriteAsync(object? result, HttpContext http) => result switch
    {
        null => Task.CompletedTask,
        IResult r => r.ExecuteAsync(http),
        string text => http.Response.WriteAsync(text, http.RequestAborted),
        _ => http.Response.WriteAsJsonAsync(result, result.GetType(), http.RequestAborted),
    };

    // The connection is closed, because an abandoned function may still use the request.
    private static void Answer(HttpContext http, int status)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        http.Response.StatusCode = status;
        http.Response.Headers.Connection = "close";
    }

    [LoggerMessage(LogLevel.Information, "Function {Function} ({InvocationId}): the client disconnected.")]
    private partial void LogDisconnected(string function, string invocationId);

    [LoggerMessage(LogLevel.Information, "Function {Function} ({InvocationId}) refused the request: {Reason}")]
    private partial void LogBadRequest(string function, string invocationId, string reason);

    [LoggerMessage(LogLevel.Error, "Function {Function} ({InvocationId}) failed.")]
    private partial void LogFailure(Exception exception, string function, string invocationId);
}
