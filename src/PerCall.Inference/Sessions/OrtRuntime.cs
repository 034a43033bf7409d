using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Sessions;

/// <summary>
/// ONNX Runtime's process-wide environment, created before the first session: one thread pool for all sessions, and no telemetry. The
/// number of threads is explicit, because the runtime's default counts the machine's processors, not those available to a container.
/// </summary>
internal static partial class OrtRuntime
{
    private const string TelemetrySwitch = "ORT_DISABLE_TELEMETRY";
    private const int Default = -1;
    private static readonly Lock Gate = new();
    private static bool _ready;

    /// <param name="threads">Number of threads per run, including the caller's own.</param>
    /// <param name="runMemory">Maximum bytes of all runs together; a run that needs more fails.</param>
    public static void EnsureCreated(int threads, long runMemory)
    {
        lock (Gate)
        {
            if (_ready)
            {
                return;
            }

            DisableTelemetry();
            if (!OrtEnv.IsCreated)
            {
                using var pool = new OrtThreadingOptions
                {
                    GlobalIntraOpNumThreads = threads,
                    GlobalInterOpNumThreads = 1,
                    // A thread that spins while it waits would take processor time from other calls.
                    GlobalSpinControl = false,
                };
                var options =
                    new EnvironmentCreationOptions
                    {
                        logId = "percall",
                        logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
                        threadOptions = pool
                    };
                OrtEnv.CreateInstanceWithOptions(ref options);
            }

            using (var place = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default))
            {
                // It grows like each session's own arena. Growing only by the requested size made short texts 2 % slower.
                using var arena = new OrtArenaCfg((uint)Math.Min(runMemory, uint.MaxValue), Default, Default, Default);
                OrtEnv.Instance().CreateAndRegisterAllocator(place, arena);
            }

            OrtEnv.Instance().DisableTelemetryEvents();
            _ready = true;
        }
    }

    /// <summary>Makes a session run in the shared, limited memory. Its weights are not included; they are counted separately.</summary>
    public static void ShareMemory(SessionOptions options)
    {
        options.AddSessionConfigEntry("session.use_env_allocators", "1");
        options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
    }

    /// <summary>Returns the runtime's error message, without its error code and source locations.</summary>
    public static string Reason(OnnxRuntimeException fault)
    {
        var message = fault.Message;
        const string Status = "Status Message: ";
        message = message.LastIndexOf(Status, StringComparison.Ordinal) is >= 0 and var at ? message[(at + Status.Length)..] : message;
        return SourcePlace().Replace(message.ReplaceLineEndings(" "), "").Trim();
    }

    [GeneratedRegex(@"\[ErrorCode:\w+\]\s*|\S*/onnxruntime/\S+:\d+\s+")]
    private static partial Regex SourcePlace();

    /// <summary>
    /// Sets the switch in the native environment: on Unix, .NET's own environment is a copy that <c>getenv</c> does not read.
    /// </summary>
    private static void DisableTelemetry()
    {
        Environment.SetEnvironmentVariable(TelemetrySwitch, "1");
        if (!OperatingSystem.IsWindows() && SetEnv(TelemetrySwitch, "1", 1) != 0)
        {
            throw new InvalidOperationException($"setenv({TelemetrySwitch}) failed with errno {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
